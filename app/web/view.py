from flask import Blueprint

bp = Blueprint("view", __name__)
