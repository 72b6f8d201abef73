"""A document's text cut into the pieces that are embedded and found."""
