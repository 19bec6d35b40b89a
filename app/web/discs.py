from flask import Blueprint

bp = Blueprint("discs", __name__)
