"""One signed file that carries kb, its models and an index to a machine without a network.

The format, to the byte: docs/bundle.md.
"""
