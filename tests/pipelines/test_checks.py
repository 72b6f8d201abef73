"""What speaks against an answer, in the passages that it cites."""

from __future__ import annotations

from kb.answering.citations import Citer
from kb.answering.superseded import superseded
from kb.index.sparse import document_vector
from kb.pipelines.checks import Checked, checked
from kb.text.question import Question
from kb.types import Context, Passage

EAST = "Name: Nora Quist | Extension: 40217 | Room: 12"
WEST = "Name: Omar Reyes | Extension: 40775 | Room: 14"


def terms(text: str) -> dict[int, float]:
    """Every term weighs the same."""
    return dict.fromkeys(document_vector(text).indices, 1.0)


def check(question: str, answer: str, *texts: str) -> Checked:
    passages = tuple(
        Passage(n, f"{n}.csv", text, None, None, "", "", ()) for n, text in enumerate(texts, 1)
    )
    asked = Question.of(question)
    cited = Citer(passages, asked).cite(answer)
    context = Context(passages, 100, 2048)
    changed = superseded(asked, passages, terms=terms, later=later)
    return checked(cited, asked, context, terms=terms, kind_of=None, changed=changed)


def later(source: str, other: str) -> bool:
    """The files are numbered in the order of their days."""
    return source > other


def numbers(found: Checked) -> list[int]:
    return [citation.n for citation in found.cited.citations]


def test_an_answer_that_its_passage_bears_out_stays_as_it_was_cited() -> None:
    found = check("What is the extension of Omar Reyes?", "It is 40775. [2]", EAST, WEST)
    assert (numbers(found), found.all) == ([2], ())


def test_words_that_another_passage_bears_out_whole_are_cited_from_it() -> None:
    question = "What is the extension of Nora Quist?"
    found = check(question, "The extension is 40217. [2]", EAST, WEST)
    assert (numbers(found), found.all) == ([1], ())


def test_where_no_passage_bears_it_out_it_stays_and_is_told() -> None:
    question = "What is the extension of Nora Quist?"
    found = check(question, "The extension of Nora Quist is 49999. [1]", EAST, WEST)
    assert numbers(found) == [1]
    assert found.all == ("49999",)


def test_another_row_s_figure_is_told_by_the_name_that_its_row_lacks() -> None:
    both = f"{EAST}\n{WEST}"
    found = check("What is the extension of Nora Quist?", "The extension is 40775. [1]", both)
    assert found.contrary == ("Quist",)


OLDER = "Project Aurora goes live on 15 July. Bo Marsh reports."
NEWER = "The go-live of project Aurora was moved from 15 July to 2 August."
GO_LIVE = "When does Aurora go live?"


def test_a_former_day_is_not_cited_from_the_older_document_instead() -> None:
    found = check(GO_LIVE, "Aurora goes live on 15 July. [2]", OLDER, NEWER)
    assert numbers(found) == [2]
    assert found.all == ("15 july",)


def test_the_older_document_s_day_is_told_where_a_later_one_has_moved_it() -> None:
    moved = "The go-live of project Aurora was postponed to 2 August."
    found = check(GO_LIVE, "Project Aurora goes live on 15 July. [1]", OLDER, moved)
    assert (numbers(found), found.all) == ([1], ("15 July",))


def test_the_day_in_force_stays_as_it_was_cited() -> None:
    found = check(GO_LIVE, "Aurora goes live on 2 August. [2]", OLDER, NEWER)
    assert (numbers(found), found.all) == ([2], ())
