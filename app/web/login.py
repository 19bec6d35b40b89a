from flask import Blueprint, Flask

bp = Blueprint("login", __name__)


def init_app(app: Flask) -> None:
    """Set up staff logins."""
