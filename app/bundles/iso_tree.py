"""The folders of an ISO image, and how the two trees name what is in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from app.bundles.iso_extent import Extent


class Naming(NamedTuple):
    """How a tree writes: ``file`` and ``folder`` give identifiers, ``text`` what stands in descriptors."""

    kind: int
    escape: bytes
    file: Callable[[str], bytes]
    folder: Callable[[str], bytes]
    text: Callable[[str, int], bytes]


def _plain_text(text: str, size: int) -> bytes:
    return text.encode("ascii").ljust(size)


def _wide_text(text: str, size: int) -> bytes:
    return (text.ljust(size // 2).encode("utf-16-be"))[: size // 2 * 2].ljust(size, b"\0")


PRIMARY = Naming(
    1,
    b"",
    lambda name: (name if "." in name else f"{name}.").encode("ascii") + b";1",
    lambda name: name.encode("ascii"),
    _plain_text,
)
"""File name, full stop, extension, version (ECMA-119 7.5.1)."""

JOLIET = Naming(
    2,
    b"%/E",
    lambda name: f"{name};1".encode("utf-16-be"),
    lambda name: name.encode("utf-16-be"),
    _wide_text,
)
"""UCS-2 level 3, for systems that show names by it (Joliet specification 1995)."""


@dataclass(eq=False)
class Folder:
    """A folder: its name, what it is in (None: the root), its folders, and its files by entry index."""

    name: str
    parent: "Folder | None" = None
    folders: dict[str, "Folder"] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)

    @cached_property
    def ordered(self) -> list[tuple[str, "Folder | int"]]:
        """What is in it, once all is there, in the order of ECMA-119 9.3: by name, then by extension."""
        both: list[tuple[str, Folder | int]] = [*self.folders.items(), *self.files.items()]
        return sorted(both, key=lambda one: one[0].partition(".")[::2])


class Tree:
    """The folders under one naming, in the order of the path table (ECMA-119 6.9.1), and where they lie."""

    def __init__(self, root: Folder, naming: Naming) -> None:
        self.naming = naming
        self.folders = [root]
        for folder in self.folders:  # grows while it is read: level by level
            self.folders += (inner for _, inner in folder.ordered if isinstance(inner, Folder))
        self.numbers = {id(folder): number for number, folder in enumerate(self.folders, 1)}
        self.extents: dict[int, Extent] = {}
        self.path_tables = (0, 0)
        self.path_table_size = 0


def tree_of(names: Sequence[str]) -> Folder:
    """Return the root of the folders that ``names``, parts joined by slashes, lie in."""
    root = Folder("")
    for index, name in enumerate(names):
        *parts, last = name.split("/")
        folder = root
        for part in parts:
            folder = folder.folders.setdefault(part, Folder(part, folder))
        folder.files[last] = index
    return root
