"""Names of the built front-end files, from Vite's manifest."""

import json
from functools import lru_cache
from pathlib import Path

from flask import Flask, url_for
from markupsafe import Markup

DIST = Path(__file__).parent / "static" / "dist"


@lru_cache(maxsize=1)
def _manifest() -> dict[str, dict[str, list[str] | str]]:
    found: dict[str, dict[str, list[str] | str]] = json.loads((DIST / "manifest.json").read_text())
    return found


def _needed(entry: str, kind: str, seen: set[str]) -> list[str]:
    if entry in seen:
        return []
    seen.add(entry)
    chunk = _manifest()[entry]
    files = [name for needed in chunk.get("imports", []) for name in _needed(needed, kind, seen)]
    return files + (list(chunk.get("css", [])) if kind == "css" else [str(chunk["file"])])


def styles(name: str) -> Markup:
    """Return the stylesheet links of an entry, e.g. ``staff``."""
    files = _needed(f"src/{name}/main.ts", "css", set())
    return Markup("").join(
        Markup('<link rel="stylesheet" href="{}">').format(url_for("static_files.built", path=file))
        for file in dict.fromkeys(files)
    )


def script(name: str) -> Markup:
    """Return the module script of an entry, with preloads of all that it imports."""
    *imports, own = _needed(f"src/{name}/main.ts", "js", set())
    preloads = Markup("").join(
        Markup('<link rel="modulepreload" href="{}">').format(url_for("static_files.built", path=file))
        for file in imports
    )
    return preloads + Markup('<script type="module" src="{}"></script>').format(
        url_for("static_files.built", path=own)
    )


def preloads(name: str) -> Markup:
    """Return preloads of what an entry imports later: it need not wait for the entry to run."""
    later = _manifest()[f"src/{name}/main.ts"].get("dynamicImports", [])
    files = [file for chunk in later for file in _needed(chunk, "js", set())]
    return Markup("").join(
        Markup('<link rel="modulepreload" href="{}">').format(url_for("static_files.built", path=file))
        for file in dict.fromkeys(files)
    )


def init_app(app: Flask) -> None:
    """Give templates ``styles(name)``, ``script(name)`` and ``preloads(name)``."""
    app.jinja_env.globals.update(styles=styles, script=script, preloads=preloads)
