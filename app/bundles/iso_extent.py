"""Sectors of an ISO image."""

from typing import NamedTuple

SECTOR = 2048


class Extent(NamedTuple):
    """Where something lies: its first sector, and its size in bytes."""

    sector: int
    size: int


def sectors(size: int) -> int:
    """Return how many sectors hold ``size`` bytes."""
    return -(-size // SECTOR)
