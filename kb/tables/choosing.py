"""What a chat model is asked where a question over tables may be read in several ways.

It chooses a number under a JSON schema; it writes no plan, no SQL and no value.
"""

from __future__ import annotations

from collections.abc import Sequence

from kb.model_types import Form
from kb.tables import wording
from kb.tables.results import Result
from kb.text.language import Language
from kb.text.question import Question
from kb.types import Message

FIELD = "reading"
NONE = "0"
"""That none of the readings is what is asked for."""

_RULES = {
    Language.ZH: "一个关于表格的问题有几种读法。选出问题所指的那一种的编号；都不是则选 0。",
    Language.EN: "A question over tables can be read in several ways. Choose the number of the "
    "reading that the question means; 0 if it means none of them.",
}
_QUESTION = {Language.ZH: "问题：", Language.EN: "Question: "}
_READINGS = {Language.ZH: "读法：", Language.EN: "Readings:"}
_NONE = {Language.ZH: "都不是", Language.EN: "none of these"}


def asking(question: Question, readings: Sequence[Result]) -> tuple[Message, ...]:
    """The prompt: what is told of each reading is its table, its filters, what it does and the
    columns; not its result, which would be chosen by its looks."""
    language = question.language
    chinese = language is Language.ZH
    lines = [f"{n}. {wording.plan_text(one.plan, chinese)}" for n, one in enumerate(readings, 1)]
    lines.append(f"{NONE}. {_NONE[language]}")
    text = f"{_QUESTION[language]}{question.text}\n{_READINGS[language]}\n" + "\n".join(lines)
    return Message("system", _RULES[language]), Message("user", text)


def form(readings: Sequence[Result]) -> Form:
    return Form({FIELD: [*map(str, range(len(readings) + 1))]})
