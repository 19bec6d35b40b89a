"""The bundle: what a visitor takes home, a better CD than the burned one."""
