"""DICOM itself: pure functions over bytes and datasets. Knows no database, no store, no web."""
