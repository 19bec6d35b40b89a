"""What people do to names, in tables that the page's comparison (``uploader/likeness``) shares."""

import json
from pathlib import Path
from typing import Any

TABLES: dict[str, Any] = json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))
"""``letters``, ``spelt_out``, ``cyrillic``, ``greek``: spellings by letter; ``generations``, ``titles``;
``sounds``: pattern and what it sounds like, in order; ``short_forms``: names that stand for one another."""
