"""The languages that visitors read."""

LANGUAGES = {"en": "English", "es": "Español", "de": "Deutsch", "fr": "Français"}
"""Each in its own words, for the choice on the page."""
