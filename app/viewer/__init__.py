"""What the viewer is told: the manifest."""
