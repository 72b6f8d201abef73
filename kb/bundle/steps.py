"""The steps of an installation, named so that a test can break it off after each."""

from __future__ import annotations


def step(name: str) -> None:
    """Called with the name of each step as soon as it is done.

    Does nothing: it is the seam where the fault-injection tests put a function that kills the
    process. docs/bundle.md lists the steps.
    """
