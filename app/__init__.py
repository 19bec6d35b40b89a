"""Virtual CD: a disc goes in, an expiring signed link comes out. See docs/architecture.md."""
