"""Discs and what was found on them. A disc is its own namespace: no UID means anything outside its disc."""
