"""What of a share somebody takes along, and how it is written."""

from typing import NamedTuple


class Choice(NamedTuple):
    """``series_ids``: these series alone (None: all). ``plain``: Explicit VR Little Endian throughout."""

    series_ids: frozenset[str] | None = None
    plain: bool = False

    @property
    def name(self) -> str:
        """Tell one choice from another; empty for everything as it was received."""
        series = ",".join(sorted(self.series_ids or ()))
        return " ".join(filter(None, (series and f"series {series}", "plain" if self.plain else "")))


EVERYTHING = Choice()
