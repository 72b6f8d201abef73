"""Whether what an answer rests on speaks of what was asked, and says what the answer says.

A small model answers from the nearest sentence, though it speaks of another thing: the west of a
river for the west of a road. Two shares tell it, each measured (docs/retrieval.md): how much of
the question stands together in the cited text, and how much of what the answer adds stands there
at all. Words are weighted by their idf, so that rare ones decide. Beside them
kb.answering.answer_kind looks at what kind of figure is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from kb.answering.answer_kind import KindOf, held_under_other_names, of_another_kind
from kb.answering.citations import unmarked
from kb.answering.features import features, has_digit
from kb.answering.names import OWN, SOMEBODY, words
from kb.answering.rows import one_of_several
from kb.answering.said_otherwise import said_otherwise
from kb.answering.values import no_price
from kb.text.fold import fold
from kb.text.language import Language, language
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.types import Passage

Terms = Callable[[str], Mapping[int, float]]
"""A text's terms, each with its idf."""

LEAST_OF_QUESTION = {Language.EN: 0.40, Language.ZH: 0.26}
"""Share of the question that two neighbouring sentences, with title and section, must hold. Less
in Chinese, where a question's bigrams bridge its words."""

LEAST_OF_ANSWER = 0.5
"""Share of the words that the answer adds to the question that the cited passages must hold."""

SPOKEN_OF = 0.45
"""Share of the question that stands together where a model that declines is not believed at once.
In the demo every Chinese question on a property that its subject lacks is below 0.38."""

_TAKES_PLACE = frozenset(
    (
        "举行",
        "举办",
        "召开",
        "进行",
        "开展",
        "发生",
        "安排",
        "held",
        "happen",
        "occur",
        "take",
        "place",
    )
)
"""A text that dates a thing (改期到5月10日) need not say that it takes place."""
_NUMBER_OF = re.compile(r"(\w{2,}?)(?:号码|编号|号)")
_THING = re.compile(r"([^电分原量因王男女])[子儿]")
_LISTED = 3
_STEM = 5


def doubts(
    question: Question,
    answer: str,
    passages: Sequence[Passage],
    *,
    terms: Terms,
    kind_of: KindOf | None = None,
) -> tuple[str, ...]:
    """The words that are missing, at most three a reason; empty where there is no doubt.

    Args:
        answer: without markers.
        passages: those that the answer cites. In another language than the question's
            nothing can be compared but a price with a measure.
        terms: of the collection's lexical index.
        kind_of: which kind a property is that no list names (kb/answering/answer_kind.py).
    """
    spoken = question.language
    # A unit says what it is in any language.
    price = no_price(question.folded, answer)
    lines = [line for one in passages for line in one.text.splitlines()]
    if in_all := one_of_several(question, answer, lines):
        return (in_all,)
    near = [one for one in passages if language(one.text) is spoken]
    if not near or len(near) < len(passages) or language(answer) is not spoken:
        return price
    return tuple(
        dict.fromkeys(
            (
                *_lacking_of_question(question, answer, near, terms, kind_of),
                *_lacking_of_answer(question, answer, near, terms),
                *of_another_kind(question, answer, [*map(_whole, near)], kind_of=kind_of),
                *price,
            )
        )
    )


def is_of_another_kind(
    question: Question, answer: str, passages: Sequence[Passage], kind_of: KindOf | None = None
) -> bool:
    """Whether a doubt is about what the answer's figure is, and not about words of the question
    that do not stand near it: a measure for a price, a telephone for a staff number.

    Args: as of `doubts`.
    """
    lines = [line for one in passages for line in one.text.splitlines()]
    texts = [*map(_whole, passages)]
    return bool(
        no_price(question.folded, answer)
        or one_of_several(question, answer, lines)
        or of_another_kind(question, answer, texts, kind_of=kind_of)
    )


def least_supported(
    question: Question, passages: Sequence[Passage], terms: Terms
) -> tuple[str, ...]:
    """The question's words that the passages lack, the rarest three of them; where they lack
    none, its rarest word: what is most likely said of another thing there."""
    asked = words(question.text)
    lacking = _missing(asked, fold("\n".join(map(_whole, passages))), terms)
    rarest = sorted(asked, key=lambda word: -sum(terms(word).values()))[:1]
    return tuple(lacking or rarest or (question.text,))


_ASKED_BEFORE = re.compile(
    r"(?P<before>[^，,。；;？?]{2,}?)(?:各?(?:是|为|有))?(?:多少|几|什么|哪)"
)
_ASKED_BEHIND = re.compile(r"\bwhat (?:is|was|are|were) the ([a-z][a-z -]*?) (?:of|for|in|on|at)\b")


def property_lacking(question: Question, passages: Sequence[Passage]) -> tuple[str, ...]:
    """The property that a question asks for by its last word before 是几天, or in "what is the …
    of", where passages in its language have none of its words, nor a part of a Chinese one."""
    near = [one for one in passages if language(one.text) is question.language]
    if not near or len(near) < len(passages):
        return ()
    text = fold("\n".join(map(_whole, near)))
    if found := _ASKED_BEHIND.search(question.folded):
        asked = words(found[1])
    else:
        before = _ASKED_BEFORE.search(question.folded)
        asked = words(before["before"])[-1:] if before else ()
    return () if any(_stands_in_part(word, text) for word in asked) else tuple(asked)


def _stands_in_part(word: str, text: str) -> bool:
    pairs = (word[at : at + 2] for at in range(len(word) - 1))
    return _stands_in(word, text) or (not word.isascii() and any(pair in text for pair in pairs))


def adds_a_number(question: Question, answer: str) -> bool:
    """Whether the answer holds a figure that the question does not."""
    added = features(unmarked(answer)) - features(question.text)
    return any(has_digit(one) for one in added)


LEAST_SAID = 0.8
"""Share of an answer's words (by idf) that one sentence must hold to be what it says."""


def is_said_by(answer: str, sentences: Sequence[str], terms: Terms) -> bool:
    """Whether one sentence holds all figures of an answer, without markers, and nearly all of its
    words: it says what that sentence says, in another order or without a part."""
    said = words(answer)
    idf = {word: sum(terms(word).values()) for word in said}
    numbers = {one for one in features(answer) if has_digit(one)}
    for sentence in sentences:
        text = fold(sentence)
        held = sum(weight for word, weight in idf.items() if _stands_in(word, text))
        if numbers <= features(sentence) and held >= LEAST_SAID * sum(idf.values()) > 0:
            return True
    return False


def speaks_of(question: Question, passages: Sequence[Passage], terms: Terms) -> bool:
    """Whether two neighbouring sentences in the question's language hold most of the question."""
    near = [one for one in passages if language(one.text) is question.language]
    return coverage(question.text, near, terms)[0] >= SPOKEN_OF


def coverage(question: str, passages: Sequence[Passage], terms: Terms) -> tuple[float, str]:
    """The largest share of the question that stands together, 0 to 1, and where first."""
    share, places = _covering(question, passages, terms)
    return share, places[0]


def _covering(
    question: str, passages: Sequence[Passage], terms: Terms
) -> tuple[float, Sequence[str]]:
    """The largest share of the question that stands together, and all places where as much does."""
    wanted = terms(question)
    total = sum(wanted.values())
    best, places = 0.0, [""]
    for passage in passages:
        about = f"{passage.source}\n{passage.title}\n{passage.section}\n"
        for window in windows(passage.text):
            held = terms(about + window).keys() & wanted.keys()
            found = sum(wanted[term] for term in held) / total if total else 0.0
            if found > best:
                best, places = found, []
            if found == best:
                places.append(about + window)
    return best, places


def _lacking_of_question(
    question: Question,
    answer: str,
    passages: Sequence[Passage],
    terms: Terms,
    kind_of: KindOf | None,
) -> Sequence[str]:
    """By the place of those that hold as much of the question that lacks the least of it."""
    share, places = _covering(question.text, passages, terms)
    if share >= LEAST_OF_QUESTION[question.language]:
        return ()
    least: list[str] | None = None
    for window in places:
        lacking = _missing(words(question.text), fold(window), terms)
        held = held_under_other_names(question, answer, window, kind_of=kind_of) if lacking else ()
        lacking = [word for word in lacking if word not in held]
        least = lacking if least is None or len(lacking) < len(least) else least
        if not least:
            break
    return least or ()


def _lacking_of_answer(
    question: Question, answer: str, passages: Sequence[Passage], terms: Terms
) -> Sequence[str]:
    added = [word for word in words(answer) if not _stands_in(word, question.folded)]
    text = fold("\n".join(map(_whole, passages)))
    idf = {word: sum(terms(word).values()) for word in added}
    held = sum(weight for word, weight in idf.items() if _stands_in(word, text))
    if not added or held >= LEAST_OF_ANSWER * sum(idf.values()):
        return ()
    return _missing(added, text, terms)


def _whole(passage: Passage) -> str:
    return "\n".join((passage.source, passage.title, passage.section, passage.text))


def _missing(found: Sequence[str], text: str, terms: Terms) -> list[str]:
    """The rarest words that a text lacks, in their order."""
    lacking = [word for word in found if not _stands_in(word, text)]
    rarest = sorted(lacking, key=lambda word: -sum(terms(word).values()))[:_LISTED]
    return [word for word in lacking if word in rarest]


def _stands_in(word: str, text: str) -> bool:
    """In this or another form: designed for designs, 分机 for 分机号; whoever is asked for as
    somebody (哪位同事) is there, and so are one's own company and that something takes place."""
    if word in SOMEBODY or word in OWN or word in _TAKES_PLACE or said_otherwise(word, text):
        return True
    if word.isascii():
        return word[:_STEM] in text
    return word in text or _head(word) in text


def _head(word: str) -> str:
    """A Chinese word without what adds nothing: 手机 of 手机号码, 柜 of 柜子."""
    found = _NUMBER_OF.fullmatch(word) or _THING.fullmatch(word)
    return found[1] if found else word


def windows(text: str) -> list[str]:
    """Every two neighbouring sentences."""
    found = [text[start:end] for start, end in sentence_spans(text) if text[start:end].strip()]
    return ["".join(found[at : at + 2]) for at in range(max(len(found) - 1, 1))]
