"""The one way in which a bundle is turned down."""

from __future__ import annotations

from kb.errors import InvalidBundle

_AGAIN = "do not use this file: fetch it again from where it was made, and compare its sha256"


def invalid(what: str, why: str, hint: str = _AGAIN) -> InvalidBundle:
    return InvalidBundle(f"the bundle is invalid: {what}", why=why, hint=hint)


def truncated() -> InvalidBundle:
    return invalid("it ends too early", "the file is cut off, or was not copied to its end")
