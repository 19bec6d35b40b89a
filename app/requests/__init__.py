"""Images asked for: a link by which somebody outside sends a disc, and the waiting room it lands in."""
