"""Media as strangers make them: what is in an image of a disc. Pure: taken in by some, verified by others."""
