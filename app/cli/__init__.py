"""The rim that speaks to a terminal: one file a group."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the command groups."""
