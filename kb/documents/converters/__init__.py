"""From the bytes of one format to a document: a module a format, and what several share."""
