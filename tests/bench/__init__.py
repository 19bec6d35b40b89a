"""The figures of docs/performance.md."""
