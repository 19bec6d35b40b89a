from flask import Blueprint

bp = Blueprint("landing", __name__)
