"""``flask audit``: verify."""

from typing import cast

import click
from click.exceptions import Exit

from app.audit import AuditLog
from app.cli.output import Group, common, emit, site


@click.group("audit", cls=Group)
def group() -> None:
    """The record of who did what."""


@group.command("verify")
@common
def verify() -> None:
    """Read every chain from its start and tell whether anything was changed or taken out."""
    with site().sessions() as session:
        faults = cast(AuditLog, session.info["audit"]).verify(session)
    lines = [f"{fault.chain}, entry {fault.number}: {fault.reason}" for fault in faults]
    emit(
        {"intact": not faults, "faults": [fault._asdict() for fault in faults]},
        *(lines or ["The audit log is intact."]),
    )
    if faults:
        raise Exit(1)
