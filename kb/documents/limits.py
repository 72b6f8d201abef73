"""How much of one document kb reads; of archives kb/documents/archives/limits.py says it."""

MOST_CHARACTERS = 20_000_000
"""More than ten thousand pages. A document is held in memory whole, several times over."""
