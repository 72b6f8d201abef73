"""What is learnt of a model from its answers, and kept between two runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.models.reading_speed import READING_SPEED, Gauge, Measured


def test_before_the_first_answer_the_estimate_and_the_usual_speed_hold() -> None:
    gauge = Gauge("qwen")

    assert gauge.measured == Measured(READING_SPEED, 1.0)
    assert gauge.tokens(len)("合同") == 2


def test_a_prompt_with_more_tokens_than_estimated_counts_at_once() -> None:
    gauge = Gauge("qwen")
    gauge.learn(estimated=1000, tokens=1500, seconds=30)

    assert gauge.tokens(len)("x" * 1000) >= 1500


def test_a_prompt_with_fewer_brings_the_estimate_down_slowly_and_never_below_it() -> None:
    gauge = Gauge("qwen")
    gauge.learn(estimated=1000, tokens=500, seconds=30)
    after_one = gauge.tokens(len)("x" * 1000)
    for _ in range(40):
        gauge.learn(estimated=1000, tokens=500, seconds=30)

    assert 500 < gauge.tokens(len)("x" * 1000) < 600 < after_one < 1000


def test_the_speed_follows_what_was_measured() -> None:
    gauge = Gauge("qwen")
    for _ in range(12):
        gauge.learn(estimated=1000, tokens=1000, seconds=10)

    assert gauge.measured.tokens_per_second == pytest.approx(100, rel=0.05)


def test_a_prompt_from_the_engine_s_cache_does_not_pass_for_speed() -> None:
    gauge = Gauge("qwen")
    gauge.learn(estimated=1000, tokens=1000, seconds=0.001)

    assert gauge.measured.tokens_per_second < 2 * READING_SPEED


def test_a_short_prompt_tells_nothing_of_the_speed() -> None:
    gauge = Gauge("qwen")
    gauge.learn(estimated=20, tokens=20, seconds=5)

    assert gauge.measured.tokens_per_second == READING_SPEED


def test_it_is_kept_for_the_next_run_a_model_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "home" / "models.json"
    Gauge("qwen", file).learn(estimated=1000, tokens=900, seconds=9)
    Gauge("deepseek", file).learn(estimated=1000, tokens=1900, seconds=90)

    assert Gauge("qwen", file).measured.tokens_per_second > READING_SPEED
    assert Gauge("deepseek", file).measured.tokens_per_second < READING_SPEED
    assert Gauge("unknown", file).measured == Measured()
    assert [path.name for path in file.parent.iterdir()] == ["models.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"qwen": 3}', '{"qwen": {}}', "\udcff"])
def test_a_file_that_is_not_ours_is_the_same_as_nothing_measured(
    tmp_path: Path, content: str
) -> None:
    file = tmp_path / "models.json"
    file.write_text(content, encoding="utf-8", errors="surrogateescape")
    gauge = Gauge("qwen", file)
    assert gauge.measured == Measured()

    gauge.learn(estimated=1000, tokens=900, seconds=9)
    assert Gauge("qwen", file).measured == gauge.measured


def test_a_home_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    gauge = Gauge("qwen", tmp_path / "home" / "models.json")
    gauge.learn(estimated=1000, tokens=900, seconds=9)

    assert gauge.measured != Measured()
