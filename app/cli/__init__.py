"""The rim that speaks to a terminal: one file a group."""

from flask import Flask

from app.cli import audit, bundle, database, disc, organisation, request, serve, share, storage, user, worker

COMMANDS = (
    disc.group,
    share.group,
    request.group,
    user.group,
    organisation.group,
    audit.group,
    bundle.group,
    storage.group,
    database.group,
    worker.worker,
    serve.serve,
)


def init_app(app: Flask) -> None:
    """Register the command groups."""
    for command in COMMANDS:
        app.cli.add_command(command)
