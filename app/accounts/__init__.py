"""Organisations, the people who work there, and how they prove who they are."""
