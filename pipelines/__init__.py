"""The batch pipelines: each file reads top to bottom as the path of the data."""
