"""The rim that speaks HTTP: one small file a feature, each a blueprint named in ``FEATURES``."""

from importlib import import_module

from flask import Flask

from app.config import Config
from app.site import EXTENSION, Site
from app.web import answers, assets, entering, errors, i18n, marks, pace, security, staff, words

FEATURES = (
    "health",
    "login",
    "second_factor",
    "look",
    "discs",
    "receipts",
    "attachments",
    "decisions",
    "birth_date",
    "release",
    "new_disc",
    "uploads",
    "transfers",
    "shares",
    "share_keys",
    "requests",
    "waiting_room",
    "share_papers",
    "share_notes",
    "landing",
    "send_link",
    "send",
    "brand",
    "view",
    "view_papers",
    "view_give",
    "view_notes",
    "view_history",
    "view_compatible",
    "bundles",
    "takes",
    "verify",
    "organisation",
    "static_files",
)


def create_app(config: Config, site: Site | None = None) -> Flask:
    """Return the application for ``config``; ``site`` is built from it unless given."""
    app = Flask(__name__, static_folder=None)
    here = app.extensions[EXTENSION] = site or Site.build(config)
    security.init_app(app, config, here.store.browser_origins())
    errors.init_app(app)
    assets.init_app(app)
    i18n.init_app(app)
    words.init_app(app)
    marks.init_app(app)
    staff.init_app(app)
    entering.init_app(app, config)
    answers.init_app(app, config)
    pace.init_app(app, config)
    for feature in FEATURES:
        app.register_blueprint(import_module(f"app.web.{feature}").bp)
    import_module("app.cli").init_app(app)
    return app
