"""Chunks: whole sentences and rows, sections, context, overlap, and what an edit moves."""

from __future__ import annotations

import base64
import itertools
import random
from pathlib import Path

import pytest

from kb.documents.chunking.chunk import chunk
from kb.text.sentences import sentences
from kb.text.tokens import estimate_tokens
from kb.types import Chunk, ParsedDocument
from tests.unit.documents.samples import parsed

ARTICLE = "水泵在运行前必须检查电源电压。轴承温度不得超过七十五度！是否漏水，应当每日检查；" * 12


def chunks_of(
    tmp_path: Path, name: str, text: str, tokens: int = 128, overlap: int = 0
) -> list[Chunk]:
    return chunk(parsed(tmp_path / name, text), tokens, overlap)


def assert_whole(document: ParsedDocument, chunks: list[Chunk], tokens: int) -> None:
    """The invariants of every document."""
    covered = bytearray(len(document.text))
    for position, made in enumerate(chunks):
        assert made.text == document.text[made.start : made.end]
        assert made.text == made.text.strip()
        assert made.ordinal == position
        assert estimate_tokens(made.embedding_text) <= tokens + 1
        covered[made.start : made.end] = b"x" * (made.end - made.start)
    left = [c for c, seen in zip(document.text, covered, strict=True) if not seen]
    assert not "".join(left).strip()
    assert len({made.id for made in chunks}) == len(chunks)


def test_a_short_document_is_one_chunk(tmp_path: Path) -> None:
    (only,) = chunks_of(tmp_path, "电话簿.txt", "张飞的电话号码是u987438274。\n")
    assert only.text == "张飞的电话号码是u987438274。"
    assert only.context == ""
    assert (only.section, only.line, only.page) == ("", 1, None)


def test_sentences_are_not_cut(tmp_path: Path) -> None:
    made = chunks_of(tmp_path, "a.txt", ARTICLE)
    assert len(made) > 3
    assert "".join(part.text for part in made) == ARTICLE
    assert all(part.text.endswith(("。", "！", "；")) for part in made)


def test_a_sentence_longer_than_a_chunk_is_cut_at_its_commas(tmp_path: Path) -> None:
    made = chunks_of(tmp_path, "a.txt", "检查电源电压，" * 60 + "完毕。")
    assert len(made) > 2
    assert all(part.text.endswith(("，", "。")) for part in made)


def test_overlap_repeats_whole_sentences(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.txt", ARTICLE)
    made = chunk(document, 128, 1)
    assert_whole(document, made, 128)
    for before, after in itertools.pairwise(made):
        shared = document.text[after.start : before.end]
        assert shared == sentences(before.text)[-1]


def test_headings_are_boundaries_and_travel_as_section(tmp_path: Path) -> None:
    text = f"# 手册\n\n## 安装\n\n{ARTICLE}\n\n## 保养\n\n### 每日\n\n{ARTICLE}\n"
    made = chunks_of(tmp_path, "a.md", text, 200)
    assert {part.section for part in made} == {"手册 > 安装", "手册 > 保养 > 每日"}
    first, second = made[0], made[1]
    assert first.text.startswith("手册\n\n安装\n\n水泵")
    assert first.context == ""
    assert second.context == "手册 > 安装"


def test_headings_by_rule_in_plain_text_are_sections_too(tmp_path: Path) -> None:
    made = chunks_of(
        tmp_path, "合同.txt", f"第一章 付款\n\n{ARTICLE}\n\n第二章 交货\n\n{ARTICLE}\n", 200
    )
    assert [part.section for part in made] == sorted(
        (part.section for part in made), key=["第一章 付款", "第二章 交货"].index
    )
    assert made[1].context == "第一章 付款"


def test_small_sections_are_packed_together_under_their_common_path(tmp_path: Path) -> None:
    text = "# 问答\n\n" + "".join(f"## 问题{n}\n\n答案是{n}。\n\n" for n in range(1, 7))
    (only,) = chunks_of(tmp_path, "a.md", text, 256)
    assert only.section == "问答"
    assert only.text.endswith("答案是6。")


def test_a_small_section_stays_out_of_a_large_neighbour(tmp_path: Path) -> None:
    made = chunks_of(tmp_path, "a.md", f"## 甲\n\n短。\n\n## 乙\n\n{ARTICLE}\n", 128)
    assert made[0].section == "甲"
    assert made[1].section == "乙"


def test_rows_are_never_cut_and_never_repeated(tmp_path: Path) -> None:
    notes = ["值班。" * (1 + n % 7) for n in range(60)]
    table = "姓名,备注\n" + "".join(f"员工{n},{note}\n" for n, note in enumerate(notes))
    made = chunks_of(tmp_path, "a.csv", table, 64, 1)
    lines = [line for part in made for line in part.text.split("\n")]
    assert lines == [f"姓名: 员工{n} | 备注: {note}" for n, note in enumerate(notes)]
    assert made[1].line == 2 + made[0].text.count("\n") + 1


def test_a_row_longer_than_a_chunk_is_cut(tmp_path: Path) -> None:
    made = chunks_of(tmp_path, "a.csv", f"名,文\n甲,{ARTICLE}\n")
    assert len(made) > 2


@pytest.mark.parametrize("overlap", [0, 1])
def test_a_chunk_knows_the_line_it_starts_on_also_with_overlap(
    tmp_path: Path, overlap: int
) -> None:
    lines = "".join(f"第{n}行的内容是检查水泵的电源电压。\n" for n in range(1, 41))
    made = chunks_of(tmp_path, "a.txt", lines, overlap=overlap)
    assert len(made) > 1
    for part in made:
        assert part.text.startswith(f"第{part.line}行")


def test_equal_paragraphs_have_different_ids_and_the_same_ones_each_time(tmp_path: Path) -> None:
    text = "\n\n".join(["# 甲", ARTICLE] * 3)
    first = chunks_of(tmp_path, "a.md", text)
    again = chunks_of(tmp_path, "a.md", text)
    assert first == again
    assert len({part.id for part in first}) == len(first)


def test_an_edit_at_the_top_leaves_most_chunks_alone(tmp_path: Path) -> None:
    choice = random.Random(7)
    words = "水泵 电源 轴承 温度 检查 更换 阀门 压力 运行 停机".split()  # noqa: SIM905
    paragraphs = [
        "".join(choice.choice(words) for _ in range(30)) + f"第{n}次。" for n in range(400)
    ]
    before = chunks_of(tmp_path, "a.txt", "\n\n".join(paragraphs), 256, 1)
    paragraphs[0] += "新增的一句话在这里，它比较长，会把后面的内容往下推。"
    after = chunks_of(tmp_path, "a.txt", "\n\n".join(paragraphs), 256, 1)
    kept = {part.id for part in before} & {part.id for part in after}
    assert len(kept) > 0.8 * len(before)


@pytest.mark.parametrize("tokens", [32, 128, 512])
@pytest.mark.parametrize("overlap", [0, 2])
def test_real_articles_keep_the_invariants(shared: Path, tokens: int, overlap: int) -> None:
    markdown = sorted((shared / "eval/docs-real/md").glob("*.md"))[:10]
    files = [path for path in markdown if path.name != "Laws___index.md"]  # holds no text
    files += sorted((shared / "eval/cmrc2018-trial/docs").glob("*.txt"))[:10]
    for path in files:
        document = parsed(path)
        assert_whole(document, chunk(document, tokens, overlap), tokens)


def test_a_chunk_of_too_few_tokens_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 32"):
        chunks_of(tmp_path, "a.txt", "x", 31)


def test_a_text_without_any_space_or_mark_is_cut(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.txt", "x" * 50_000)
    assert_whole(document, chunk(document, 256, 1), 256)


def test_a_sentence_beside_base64_stays_in_a_chunk_that_fits(tmp_path: Path) -> None:
    """multilingual-e5-small makes 0.76 tokens of a character of base64, and takes 512."""
    blob = base64.b64encode(random.Random(1).randbytes(6_000)).decode()
    made = chunks_of(tmp_path, "a.txt", f"均值 42.7。\n\n{blob}\n\n温度 165 摄氏度。", 256, 1)
    assert "".join(part.text for part in made).count("42.7") == 1
    assert any("165 摄氏度" in part.text for part in made)
    assert max(len(part.text) * 0.76 for part in made) < 400
