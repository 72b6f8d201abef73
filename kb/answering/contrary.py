"""What a question says of the thing it asks for, and the place of the answer's figure says
otherwise: another row's, the planned date for the actual one, the 2024 edition for the 2021 one,
an extension for a telephone.

These only mark an answer: a document may word its place in a way that is not foreseen here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from kb.answering import grounding
from kb.answering.bounds import of_the_other_bound
from kb.answering.changed_values import former_values
from kb.answering.effect_dates import of_taking_effect
from kb.answering.features import features, has_digit
from kb.answering.labelled import of_another_label
from kb.answering.names import occurs, terms, words
from kb.answering.other_months import of_another_month
from kb.answering.properties import Property, labels, listed
from kb.answering.rows import cells_named, columns
from kb.answering.sums import of_another_kind_of_sum
from kb.answering.tagger import tagged
from kb.text.fold import fold
from kb.text.han import HAN
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.text.stop_words import ENGLISH_STOP_WORDS
from kb.types import Passage

# Words that stand for opposite things, each side with its forms. What the question says of one
# side is not answered by the other.
_OPPOSITES = (
    ("计划|预计|预定|拟定|planned|scheduled|expected|target", "实际|已于|actual|actually"),
    ("含税|价税合计|税前|gross|before tax", "不含税|未税|税后|net|after tax|excluding tax"),
    ("最高|最大|上限|maximum|highest", "最低|最小|下限|minimum|lowest"),
    ("入职|开始|起始|start|begin", "离职|结束|截止|到期|end|expiry"),
    ("收入|应收|receivable|revenue", "支出|应付|payable|expense"),
    ("进价|采购价|purchase price", "售价|销售价|selling price|sale price"),
    ("账面|book", "实盘|盘点|counted"),
    ("修订前|变更前|原来|before the", "修订后|变更后|现行|after the"),
)
_NAMED_THING = re.compile(
    "项目|系统|平台|计划|工程|课题|行动|基金|大厦|小区|花园|园区|车间|仓库|生产线|分公司|子公司|事业部|品牌|系列"
    "|团队|小组|班组|工作组|委员会|支部|分部|办事处|门店|科室|病区|病房|实验室|教研室|专业|课程|会议室"
)
_NAMED_IN_ENGLISH = re.compile(
    r"\b(?P<name>[a-z][a-z-]{3,}) (?P<head>team|group|unit|ward|clinic|lab|laboratory|programme"
    r"|program|project|committee|department|office|grant|fund|course|plant|warehouse|branch)\b"
)
_NAME = re.compile(f"[{HAN}]{{2,4}}")
_EDITION = re.compile(
    r"(?P<number>(?:19|20)\d\d)\s*年?\s*(?:版|edition\b|version\b)|(?<![a-z])(?P<version>v\d+(?:\.\d+)*)(?![\w.])"
)
_CELL = re.compile(r"[|；;。\n，]|, ")
_ROW = re.compile(r"[^|\n]{1,40}: [^|\n]* \| ")
_LANDLINE = re.compile(r"(?<![\d+])\(?0(?:10|2\d|[3-9]\d\d)\)?[- ]?\d{3,4}[- ]?\d{4}(?!\d)")
"""A number with a Chinese area code, 7 or 8 digits behind it."""
_NEAR = 60
"""Characters before a figure in which its label is looked for."""


def contrary(question: Question, answer: str, passages: Sequence[Passage]) -> tuple[str, ...]:
    """The question's words that the place of the answer's figure contradicts, each once.

    Args:
        answer: without markers.
        passages: those that the answer cites.
    """
    texts = [_Text(passage) for passage in passages]
    figures = [
        one
        for one in sorted(features(answer) - features(question.text))
        if has_digit(one) and one[-1].isascii()
    ]
    found = (
        *_of_another_row(question, figures, texts),
        *_of_another_bearer(question, texts),
        *_of_another_english_bearer(question, texts),
        *_before_another_figure(answer, figures, texts),
        *_of_the_other_side(question, figures, texts),
        *of_the_other_bound(question, answer, [one.text for one in passages]),
        *of_another_kind_of_sum(question, answer, passages),
        *_of_another_edition(question, texts),
        *of_another_month(question, passages),
        *grounding.dates_lacking(question, passages),
        *_extension_for_a_telephone(question, figures, texts),
        *_landline_for_a_mobile(question, answer),
        *former_values(question, answer, [one.text for one in texts]),
        *of_taking_effect(question, figures, [one.text for one in texts]),
        *of_another_label(question, answer, [line for one in texts for line in one.lines]),
    )
    return tuple(dict.fromkeys(found))


class _Text:
    """A passage, folded: its lines, and what it is about."""

    def __init__(self, passage: Passage) -> None:
        self.about = fold("\n".join((passage.source, passage.title, passage.section)))
        self.text = fold(passage.text)
        self.lines = self.text.splitlines()

    @property
    def whole(self) -> str:
        return f"{self.about}\n{self.text}"


def _of_another_row(
    question: Question, figures: Sequence[str], texts: Sequence[_Text]
) -> Iterator[str]:
    """A name, identifier or whole cell of the question whose row is there, while the figure is in
    others."""
    rows = [line for one in texts for line in one.lines if _ROW.match(line)]
    for figure in figures:
        holding = [row for row in rows if figure in features(row)]
        if not holding or len(holding) < sum(figure in features(x) for t in texts for x in t.lines):
            continue
        other = [
            term.text
            for term in terms(question.text)
            if any(occurs(term, row) for row in rows)
            and not any(occurs(term, row) for row in holding)
        ]
        yield from other or _cells_of_other_rows(question, rows, holding)


def _cells_of_other_rows(
    question: Question, rows: Sequence[str], holding: Sequence[str]
) -> list[str]:
    """The whole cells that the question names, of rows with the same columns."""
    alike = {columns(row) for row in holding}
    near = {cell for row in rows if columns(row) in alike for cell in cells_named(question, row)}
    return sorted(near.difference(*(cells_named(question, row) for row in holding)))


def _of_another_bearer(question: Question, texts: Sequence[_Text]) -> Iterator[str]:
    """The name of a project, a system and the like that no cited passage has, where one has the
    same of another name: 猎豹项目, of which the passages know 猎鹰项目 alone."""
    found = tagged(question.folded)
    for (name, tag), (head, _) in pairwise(found):
        if not (_NAMED_THING.fullmatch(head) and _NAME.fullmatch(name) and tag[0] == "n"):
            continue
        others = re.compile(rf"[{HAN}]{{2}}{head}")
        if any(name in one.whole for one in texts):
            continue
        if any(others.search(one.whole) for one in texts):
            yield f"{name}{head}"


def _of_another_english_bearer(question: Question, texts: Sequence[_Text]) -> Iterator[str]:
    """The same in English: the sleep clinic, of which the passages know the pain clinic alone."""
    for found in _NAMED_IN_ENGLISH.finditer(question.folded):
        name, head = found["name"], found["head"]
        if name in ENGLISH_STOP_WORDS or any(name in one.whole for one in texts):
            continue
        others = _NAMED_IN_ENGLISH.finditer("\n".join(one.whole for one in texts))
        if any(one["head"] == head and one["name"] not in ENGLISH_STOP_WORDS for one in others):
            yield found[0]


def _before_another_figure(
    answer: str, figures: Sequence[str], texts: Sequence[_Text]
) -> Iterator[str]:
    """What the answer has directly before a figure, where the figure's own sentence has something
    else there that the answer leaves out: 寰宇大厦的9层 of 改租国信中心9层."""
    said = fold(answer)
    sentences = [one.text[start:end] for one in texts for start, end in sentence_spans(one.text)]
    for figure in figures:
        own = _directly_before(figure, said)
        holding = [(each, _directly_before(figure, each)) for each in sentences]
        places = [(each, other) for each, other in holding if other]
        if not own or not places or not any(own in each for each in sentences):
            continue
        if all(own not in each and other not in said for each, other in places):
            yield own


def _directly_before(figure: str, text: str) -> str:
    """The four Chinese characters before a figure, without a particle between; else nothing."""
    found = re.search(rf"([{HAN}]{{4}})[的是为在]?{re.escape(figure)}(?![0-9a-z])", text)
    return found[1] if found else ""


def _of_the_other_side(
    question: Question, figures: Sequence[str], texts: Sequence[_Text]
) -> Iterator[str]:
    """A word of the question whose opposite is the label of the figure, wherever it stands."""
    for sides in _OPPOSITES:
        for asked, other in (sides, sides[::-1]):
            said = _word(asked).search(question.folded)
            if said is None or _word(other).search(question.folded):
                continue
            for figure in figures:
                found = [label for one in texts for label in _labels(figure, one.text)]
                if found and all(
                    _word(other).search(label) and not _word(asked).search(label) for label in found
                ):
                    yield said[0]


def _word(sides: str) -> re.Pattern[str]:
    """The forms of one side; 含税 is no part of 不含税."""
    forms = (rf"\b{one}\b" if one.isascii() else rf"(?<![不未]){one}" for one in sides.split("|"))
    return re.compile("|".join(forms))


def _labels(figure: str, text: str) -> Iterator[str]:
    """What stands before a figure in its cell or clause, for each of its places."""
    for found in re.finditer(rf"(?<![a-z0-9.]){re.escape(figure)}(?![a-z0-9])", text):
        before = text[max(0, found.start() - _NEAR) : found.start()]
        yield _CELL.split(before)[-1]


def _of_another_edition(question: Question, texts: Sequence[_Text]) -> Iterator[str]:
    """An edition of the question that no cited passage names, in its path, title or text."""
    for found in _EDITION.finditer(question.folded):
        number = found["number"] or found["version"]
        named = re.compile(rf"(?<![a-z0-9.]){re.escape(number)}(?!\.?\d)")
        if texts and not any(named.search(one.whole) for one in texts):
            yield found[0].strip()


def _extension_for_a_telephone(
    question: Question, figures: Sequence[str], texts: Sequence[_Text]
) -> Iterator[str]:
    """A number whose every label is an extension's, where a whole number was asked for."""
    asked = {kind for _, kind in listed(question.folded)}
    whole = {Property.TELEPHONE, Property.MOBILE, Property.LANDLINE}
    if not asked or not asked <= whole:
        return
    for figure in figures:
        kinds = [kind for one in texts for kind, _ in labels(figure, one.text)]
        if kinds and all(kind is Property.EXTENSION for kind in kinds):
            yield next(iter(words(listed(question.folded)[0][0])), listed(question.folded)[0][0])


def _landline_for_a_mobile(question: Question, answer: str) -> Iterator[str]:
    """The word by which a question asks for a mobile, where the answer's number has an area code:
    a switchboard's is nobody's mobile."""
    asked = [name for name, kind in listed(question.folded) if kind is Property.MOBILE]
    if asked and _LANDLINE.search(fold(answer)) and not _LANDLINE.search(question.folded):
        yield asked[0]
