"""Tests without an end: fuzzing, run by ``make soak`` and never by ``make test``."""
