"""How a prompt asks: what a model's profile and the prompt agree on. Imports nothing of kb."""

from __future__ import annotations

from enum import StrEnum


class Wording(StrEnum):
    """How the prompt asks for an answer. The last word on what is not in the passages is the
    model's, and what a model does with the offer to say so differs (docs/retrieval.md).

    `EXTRACTIVE`: find the sentence and repeat it; hardly a way out. A small model takes one where
    it could answer. `WAY_OUT`: answer from the passages, and say so where they hold none.
    """

    EXTRACTIVE = "extractive"
    WAY_OUT = "way-out"


class Inquiry(StrEnum):
    """How the model is asked, before it answers, whether the answer is there.

    `WHICH`: which passage states it, 0 for none. `STATED`: whether the passages state it.
    """

    WHICH = "which"
    STATED = "stated"
