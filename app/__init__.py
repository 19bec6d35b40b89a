"""Virtual CD: a disc goes in, an expiring signed link comes out. The house is drawn in docs/architecture.md."""
