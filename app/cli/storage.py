"""``flask storage``: cors."""

import click

from app.cli.output import Group, common, emit, site


@click.group("storage", cls=Group)
def group() -> None:
    """Where the bytes are."""


@group.command("cors")
@common
def cors() -> None:
    """Let our pages send discs straight to the bucket. Rules that it has for others stay."""
    here = site()
    origins, changed = here.store.browser_origins(), here.store.admit(here.config.base_url)
    emit(
        {"origin": here.config.base_url, "needed": bool(origins), "changed": changed},
        _told(here.config.base_url, bool(origins), changed),
    )


def _told(origin: str, needed: bool, changed: bool) -> str:
    if not needed:
        return "Browsers send discs to this service, not to the store. There is nothing to do."
    return f"Pages of {origin} may send discs to the bucket{'' if changed else ', as before'}."
