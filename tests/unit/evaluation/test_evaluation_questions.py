"""The questions file: what is read, and what a bad line is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.errors import UsageError
from kb.evaluation.questions import Question, read_questions, sample

GOOD = '{"id": "a", "question": "谁？", "answers": ["张飞"], "source": "x.txt", "answerable": true}'


def written(folder: Path, *lines: str) -> Path:
    file = folder / "questions.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_a_line_is_a_question_and_blank_lines_are_skipped(tmp_path: Path) -> None:
    unanswerable = '{"id": 7, "question": "Who?", "answers": [], "answerable": false, "extra": 1}'
    found = read_questions(written(tmp_path, GOOD, "", unanswerable, ""))
    assert found == (
        Question("a", "谁？", ("张飞",), "x.txt", True, "zh"),
        Question("7", "Who?", (), "", False, "en"),
    )


def test_the_optional_fields_are_read(tmp_path: Path) -> None:
    line = GOOD[:-1] + ', "lang": "en", "kind": "k", "collection": "c", "draft": true}'
    [found] = read_questions(written(tmp_path, line))
    assert (found.language, found.kind, found.collection, found.draft) == ("en", "k", "c", True)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"id": "b", "question"', "delimiter"),
        ('["b"]', "not a JSON object"),
        ('{"id": "b", "answers": ["x"]}', "'question' is missing"),
        ('{"question": "Who?", "answers": ["x"]}', "'id' is missing"),
        ('{"id": "b", "question": "Who?", "answers": "x"}', "'answers' must be a list"),
        ('{"id": "b", "question": "Who?", "answers": [" "]}', "at least one answer"),
        ('{"id": "b", "question": "Who?", "answers": ["x"], "answerable": false}', "cannot be"),
        ('{"id": "b", "question": "Who?", "answers": ["x"], "answerable": "no"}', "true or false"),
        ('{"id": "b", "question": "Who?", "answers": ["x"], "lang": "fr"}', "zh or en"),
        ('{"id": "b", "question": "Who?", "answers": ["x"], "source": 3}', "'source' must be"),
        ('{"id": "b", "question": "Who \\ud83d?", "answers": ["x"]}', "not Unicode"),
        (GOOD, "'a' occurs twice"),
    ],
)
def test_a_bad_line_is_named_by_its_number_and_what_is_wrong(
    tmp_path: Path, line: str, why: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_questions(written(tmp_path, GOOD, "", line))
    assert "line 3 of" in caught.value.what
    assert why in caught.value.why


def test_a_file_that_is_missing_or_empty_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_questions(tmp_path / "none.jsonl")
    with pytest.raises(UsageError, match="no question"):
        read_questions(written(tmp_path, "", ""))


def test_a_sample_is_fixed_by_its_seed_and_keeps_the_order() -> None:
    questions = [Question(str(n), "谁？", ("x",), "", True, "zh") for n in range(50)]
    chosen = [int(one.id) for one in sample(questions, 10, seed=1)]
    assert chosen == sorted(chosen)
    assert len(set(chosen)) == 10
    assert chosen == [int(one.id) for one in sample(questions, 10, seed=1)]
    assert chosen != [int(one.id) for one in sample(questions, 10, seed=2)]
    assert len(sample(questions, 99, seed=0)) == 50


OFFICE = (
    '{"id": "f1", "cls": "list", "lang": "zh", "answerable": true, "kind": "", '
    '"question": "那关羽的呢？", "hist": ["张飞的电话是多少？"], '
    '"need": [["15", "=十五天"], ["@yes"]], "source": ["a.md", "./b.md"], '
    '"wrong": ["7"], "forbid": ["8"], "note": ""}'
)


def test_a_question_may_say_what_its_answer_needs(tmp_path: Path) -> None:
    [found] = read_questions(written(tmp_path, OFFICE))
    assert found.need == (("15", "=十五天"), ("@yes",))
    assert found.answers == ("15", "十五天"), "what can be looked for in a chunk"
    assert (found.wrong, found.forbid) == (("7",), ("8",))
    assert found.history == ("张飞的电话是多少？",)
    assert found.sources == ("a.md", "b.md")
    assert found.kind == "list"


def test_an_unanswerable_question_is_of_its_kind(tmp_path: Path) -> None:
    line = (
        '{"id": "f2", "cls": "unanswerable", "kind": "absent property", "question": "谁？", '
        '"answerable": false, "need": [], "source": []}'
    )
    [found] = read_questions(written(tmp_path, line))
    assert (found.kind, found.sources, found.need) == ("absent property", (), ())


@pytest.mark.parametrize("need", ["3", '"x"', '["x"]', "[[3]]"])
def test_a_need_is_a_list_of_lists_of_texts(tmp_path: Path, need: str) -> None:
    line = f'{{"id": "b", "question": "Who?", "need": {need}}}'
    with pytest.raises(UsageError) as caught:
        read_questions(written(tmp_path, line))
    assert "'need' must be a list" in caught.value.why
