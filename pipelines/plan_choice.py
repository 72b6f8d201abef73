"""A step of `kb ask`, where the settings want it: of the plans that a question over tables may
mean, the chat model chooses one under a JSON schema."""

from __future__ import annotations

from collections.abc import Sequence

from kb.model_types import Filled
from kb.pipelines.ask_tools import Limits, Tools
from kb.pipelines.computing import Choose
from kb.tables import choosing
from kb.tables.readings import MOST
from kb.tables.results import Result
from kb.text.question import Question


def chooser(tools: Tools, limits: Limits) -> Choose | None:
    """What chooses; None where the settings do not want it.

    What it does raises ModelError where the engine or the model is missing, or broke off.
    """
    return _Chooser(tools, limits) if tools.chooses_plans else None


class _Chooser:
    def __init__(self, tools: Tools, limits: Limits) -> None:
        self._tools = tools
        self._limits = limits

    def __call__(self, question: Question, readings: Sequence[Result]) -> Result | None:
        """The reading that the model chooses; None where it chooses none, or where there is
        nothing to choose: one alone, or more than can be told apart."""
        if not 2 <= len(readings) <= MOST:
            return None
        steps = self._tools.generator().fill(
            choosing.asking(question, readings),
            choosing.form(readings),
            num_ctx=self._limits.num_ctx,
        )
        *_, filled = steps
        assert isinstance(filled, Filled), "the port promises it at the end"
        number = filled.values.get(choosing.FIELD, choosing.NONE)
        return readings[int(number) - 1] if number != choosing.NONE else None
