"""kb: an offline knowledge base over private documents."""

__version__ = "0.1.0"
