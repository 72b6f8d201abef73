"""Lists of words that lie beside the code, a line or several, as files of their own."""

from __future__ import annotations


def lines_of(package: str, name: str) -> list[str]:
    """The lines of a package's file that are neither empty nor remarks (`#`)."""
    from importlib import resources

    text = resources.files(package).joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
