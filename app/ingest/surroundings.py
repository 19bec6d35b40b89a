"""What the place of a file on a disc tells: whether it is a viewer's furniture, and which study it is beside.

Burned viewers bring manuals, logos, icons and web pages with pictures of every image. The rule is written to
err on one side: what it lets through wrongly a person sees and removes, and what lies among a viewer's files
is never taken for part of a patient's record by itself. docs/adr/0020 tells it in words.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

VIEWER = re.compile(
    r"(view|.*viewer|ihe_?pdi|web|www|html?|js|jscript|javascript|css|dist|assets?|icons?|img|gfx|graphics|skins?"
    r"|themes?|resources?|res|plug-?ins?|libs?|bin|jre|java|apps?|program.*|software|system|setup|install.*"
    r"|autorun|help|manuals?|languages?|locales?|licen[sc]es?|thumbs?|thumbnails?|previews?|cache|te?mp"
    r"|(__)?macosx|weasis|synedra|radiant|osirix|efilm|microdicom|clearcanvas)[ _.-]?[0-9]*",
    re.IGNORECASE,
)
"""Folders of burned viewers, their web pages and their help."""
SOFTWARE = frozenset(
    {"manual", "handbuch", "help", "hilfe", "ayuda", "aide", "guide", "handbook", "instructions", "anleitung"}
    | {"readme", "liesmich", "leeme", "lisezmoi", "quickstart", "conformance", "copyright", "eula"}
    | {
        "license",
        "licence",
        "lizenz",
        "licencia",
        "logo",
        "icon",
        "favicon",
        "splash",
        "background",
        "banner",
    }
    | {"button", "cursor", "thumb", "thumbnail", "toolbar"}
)
"""Words in the names of what explains or decorates software."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def is_furniture(path: str) -> bool:
    """Tell whether a file lies or is called as what comes with a viewer."""
    place = PurePosixPath(path)
    words = {word.lower() for word in _WORD.findall(place.stem)}
    return any(VIEWER.fullmatch(part) for part in place.parts[:-1]) or not words.isdisjoint(SOFTWARE)


class Folders:
    """Which studies have files where on a disc, by the paths of its instances."""

    def __init__(self, instances: Iterable[tuple[str, str]]) -> None:
        """Take ``(path, study id)`` of every instance."""
        self._here: dict[PurePosixPath, set[str]] = defaultdict(set)
        self._below: dict[PurePosixPath, set[str]] = defaultdict(set)
        for path, study_id in instances:
            parents = PurePosixPath(path).parents
            self._here[parents[0]].add(study_id)
            for folder in parents:
                self._below[folder].add(study_id)

    def nearest_study(self, path: str) -> str | None:
        """Return the study in or around whose folder a file lies: of the innermost folder that holds any.

        None where that folder holds several: then it is a person's to say.
        """
        for folder in PurePosixPath(path).parents:
            if found := self._below.get(folder):
                return next(iter(found)) if len(found) == 1 else None
        return None

    def has_images_beside(self, path: str) -> bool:
        """Tell whether instances lie in the very folder of a file."""
        return bool(self._here.get(PurePosixPath(path).parent))
