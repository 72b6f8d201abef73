"""Settings: flag > environment > file > default."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from kb import config
from kb.errors import UsageError

CONFIGS = Path(__file__).parents[3] / "configs"


def test_default_toml_holds_every_key_with_its_default() -> None:
    tables = tomllib.loads((CONFIGS / "default.toml").read_text(encoding="utf-8"))
    written = {
        f"{name}.{key}": value for name, table in tables.items() for key, value in table.items()
    }
    assert written == config.defaults()


def test_every_key_of_default_toml_has_a_comment_above_it() -> None:
    lines = (CONFIGS / "default.toml").read_text(encoding="utf-8").splitlines()
    bare = [
        line
        for before, line in pairwise(lines)
        if "=" in line and not line.startswith("#") and (not before or before.startswith("["))
    ]
    assert bare == []


@pytest.mark.parametrize("name", ["default", "demo", "ollama", "cluster"])
def test_every_shipped_file_can_be_loaded(name: str) -> None:
    settings = config.load(file=CONFIGS / f"{name}.toml", environ={})
    assert settings.origins["models.engine"] == str(CONFIGS / f"{name}.toml")


def test_a_flag_wins_over_the_environment_over_the_file_over_the_default(tmp_path: Path) -> None:
    file = tmp_path / "kb.toml"
    file.write_text('[retrieval]\ntop_k = 7\nmode = "dense"\n[answer]\nnum_ctx = 1024\n')
    settings = config.load(
        file=file,
        environ={"KB_RETRIEVAL__TOP_K": "8", "KB_RETRIEVAL__MODE": "sparse"},
        flags={"retrieval.top_k": 9},
    )
    assert settings.retrieval == config.Retrieval(top_k=9, mode="sparse")
    assert settings.answer.num_ctx == 1024
    assert settings.origins["retrieval.top_k"] == "flag"
    assert settings.origins["retrieval.mode"] == "environment"
    assert settings.origins["answer.num_ctx"] == str(file)
    assert settings.origins["answer.think"] == "default"


def test_the_shipped_file_for_a_server_here_leaves_its_address_to_ollama_host() -> None:
    around = {"OLLAMA_HOST": "10.0.0.5"}
    assert config.load(file=CONFIGS / "ollama.toml", environ=around).models.host == ["10.0.0.5"]


def test_the_ollama_host_variable_is_the_default_address() -> None:
    settings = config.load(environ={"OLLAMA_HOST": "10.0.0.5"})
    assert settings.models.host == ["10.0.0.5"]


def test_a_list_is_given_by_commas_in_the_environment() -> None:
    settings = config.load(environ={"KB_MODELS__HOST": "http://a:1, http://b:2"})
    assert settings.models.host == ["http://a:1", "http://b:2"]


def test_one_address_may_stand_for_a_list_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "kb.toml"
    file.write_text('[models]\nhost = "http://a:1"\n')
    assert config.load(file=file, environ={}).models.host == ["http://a:1"]


def test_the_file_in_the_home_folder_is_read_when_no_other_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[retrieval]\ntop_k = 4\n")
    assert config.load(home=tmp_path, environ={}).retrieval.top_k == 4


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[models]\nhots = 'x'\n", "models.hots"),
        ("[model]\nhost = 'x'\n", "model"),
        ("top_k = 5\n", "top_k"),
        ("[retrieval]\ntop_k = 'many'\n", "retrieval.top_k"),
        ("[retrieval]\ntop_k = 0\n", "least value is 1"),
        ("[retrieval]\ntop_k = true\n", "a whole number"),
        ("[retrieval]\nmode = 'magic'\n", "hybrid, dense, sparse"),
        ("[egress]\nallow = [1]\n", "a list of texts"),
        ("[retrieval\n", "cannot be read"),
    ],
)
def test_a_mistake_in_the_file_names_the_key_and_the_file(
    tmp_path: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "kb.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        config.load(file=file, environ={})
    lines = "\n".join(caught.value.lines())
    assert complaint in lines
    assert str(file) in lines


def test_an_unknown_variable_is_an_error_that_guesses_the_right_one() -> None:
    with pytest.raises(UsageError) as caught:
        config.load(environ={"KB_RETRIEVAL__TOPK": "5"})
    assert caught.value.why == "did you mean 'retrieval.top_k'?"


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        config.load(file=tmp_path / "none.toml", environ={})
