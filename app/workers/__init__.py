"""The rim that does jobs: claim, handle, finish."""
