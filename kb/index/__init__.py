"""The store: a catalog in SQLite, vectors in Qdrant, and generations that are committed whole."""
