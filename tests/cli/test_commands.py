"""The command line's contract: help, JSON, errors, exit codes."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kb.cli.main import COMMANDS
from kb.index.generation import Collection
from tests.commands import REPOSITORY, Kb


@pytest.fixture
def kb(tmp_path: Path, models_folder: Path) -> Kb:
    return Kb(tmp_path / "home", models_folder)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("张飞的电话号码是u987438274。", encoding="utf-8")
    return folder


def error_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(("error:", "why:", "fix:"))]


# --- help -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(kb: Kb, name: str) -> None:
    done = kb(name, "--help")
    assert done.code == 0
    assert f"kb {name}" in done.out.split("Example", 1)[1].replace("kb -q", "kb")


def test_the_contents_page_lists_every_command(kb: Kb) -> None:
    lines = kb("--help").out.splitlines()
    assert [name for name in COMMANDS if not any(f"  {name} " in line for line in lines)] == []


def test_a_mistyped_command_is_told_the_nearest(kb: Kb) -> None:
    done = kb("aks", "hi")
    assert (done.code, done.out) == (2, "")
    assert "why:   did you mean ask?" in done.err


def test_a_mistyped_path_leaves_no_line_in_the_history(kb: Kb, docs: Path) -> None:
    assert kb("ingest", str(docs / "nowhere")).code == 2
    assert kb("history", "--json").json["history"] == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_as_it_is_documented(kb: Kb, shell: str) -> None:
    page = (REPOSITORY / "docs" / "install.md").read_text(encoding="utf-8")
    assert f"_KB_COMPLETE={shell}_source kb >" in page
    asked = {"COMP_WORDS": "kb as", "COMP_CWORD": "as" if shell == "fish" else "1"}
    for step, holds in (("source", "kb"), ("complete", "ask")):
        variables = {"_KB_COMPLETE": f"{shell}_{step}", **asked}
        done = subprocess.run(
            [Path(sys.executable).parent / "kb"],
            env={**kb.environment(), **variables},
            capture_output=True,
            check=True,
        )
        assert holds in done.stdout.decode()


# --- one small round with the real models ---------------------------------------------


def test_a_dry_run_counts_as_a_run_would_and_names_the_files(kb: Kb, docs: Path) -> None:
    done = kb("ingest", str(docs), "--dry-run", "--json")
    assert done.code == 0
    assert (done.json["added"], done.json["unchanged"], done.json["generation"]) == (1, 0, None)
    assert done.json["plan"]["added"] == ["a.txt"]
    assert kb("status", "--json").json["status"]["documents"] == 0


def test_the_round_of_a_small_collection(kb: Kb, docs: Path) -> None:
    report = kb("ingest", str(docs), "--json")
    assert report.code == 0
    assert {
        *("added", "updated", "moved", "unchanged", "removed", "failed", "chunks", "embedded"),
        *("reused", "generation", "seconds"),
    } == set(report.json)
    assert (report.json["added"], report.json["generation"]) == (1, 1)

    status = kb("status", "--json").json["status"]
    assert (status["documents"], status["chunks"], status["failed"]) == (1, 1, [])
    assert status["models_engine"] == "embedded llama.cpp"
    assert status["fingerprint"]["dimension"] == 384

    assert kb("sources", "--json").json["sources"][0]["path"] == "a.txt"
    assert kb("show", "a.txt", "--json").json["show"]["chunks"][0]["text"].startswith("张飞")

    (docs / "b.txt").write_bytes(b"")
    failed = kb("ingest", str(docs), "--json")
    assert failed.code == 3
    [failure] = failed.json["failed"]
    assert (failure["path"], failure["reference"]) == ("b.txt", "empty-document")

    assert len(kb("history", "--json").json["history"]) == 2
    assert kb("rollback", "--json").json == {"rollback": {"generation": 1}}
    removed = kb("remove", str(docs / "a.txt"), "--json").json
    assert removed == {"removed": 1, "remaining": 0}
    assert kb("search", "张飞").code == 4


# --- exit codes -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["ingest"], "PATH"),
        (["ingest", "/nowhere/at/all"], "does not exist"),
        (["nonsense"], "nonsense"),
        (["search", "x", "--top-k", "0"], "0"),
        (["search", "x", "--where", "type"], "not a condition"),
        (["--collection", "../up", "status"], "not a name"),
        (["--config", "/nowhere.toml", "status"], "/nowhere.toml"),
    ],
)
def test_wrong_usage_is_exit_2_in_three_lines(kb: Kb, arguments: list[str], complaint: str) -> None:
    done = kb(*arguments)
    assert (done.code, done.out) == (2, "")
    what, why, fix = error_lines(done.err)
    assert complaint in what + why
    assert fix.strip() != "fix:"
    assert "Traceback" not in done.err


def test_an_unknown_key_in_the_environment_is_exit_2(tmp_path: Path) -> None:
    done = Kb(tmp_path, variables={"KB_MODELS__HOTS": "x"})("status")
    assert done.code == 2
    assert "models.host" in done.err


@pytest.mark.parametrize("command", [["search", "x"], ["ask", "x"], ["reindex"], ["sources"]])
def test_an_empty_collection_is_exit_4(kb: Kb, command: list[str]) -> None:
    done = kb(*command)
    assert done.code == 4
    assert "kb ingest PATH" in done.err


def test_status_of_an_empty_collection_is_no_error(kb: Kb) -> None:
    done = kb("status", "--json")
    assert done.code == 0
    assert done.json["status"]["documents"] == 0


def test_a_home_that_cannot_be_used_is_exit_5(tmp_path: Path, docs: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = Kb(tmp_path / "file" / "home")("ingest", str(docs))
    assert done.code == 5
    assert len(error_lines(done.err)) == 3


def test_a_held_lock_is_exit_6_and_names_its_holder(kb: Kb, docs: Path) -> None:
    import os

    with Collection(kb.home, "default").writer():
        done = kb("ingest", str(docs))
    assert done.code == 6
    assert str(os.getpid()) in done.err


def test_a_damaged_store_is_exit_7(kb: Kb, docs: Path) -> None:
    assert kb("ingest", str(docs)).code == 0
    (kb.home / "collections" / "default" / "CURRENT").write_text("rubbish")
    assert kb("status").code == 7


def test_a_model_server_that_is_not_running_is_exit_8_and_says_how_to_start_it(
    tmp_path: Path, docs: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    kb = Kb(tmp_path / "home", config="ollama.toml", variables={"KB_MODELS__HOST": address})
    done = kb("ingest", str(docs))
    assert done.code == 8
    assert "ollama serve" in done.err


def test_a_model_that_is_not_there_is_exit_8(tmp_path: Path, docs: Path) -> None:
    (tmp_path / "none").mkdir()
    done = Kb(tmp_path / "home", tmp_path / "none")("ingest", str(docs))
    assert done.code == 8
    assert "kb models fetch-demo" in done.err


def test_a_server_outside_that_is_not_allowed_is_exit_9(tmp_path: Path, docs: Path) -> None:
    kb = Kb(
        tmp_path / "home",
        config="ollama.toml",
        variables={"KB_MODELS__HOST": "http://models.invalid:11434"},
    )
    done = kb("ingest", str(docs))
    assert done.code == 9
    assert "models.invalid" in done.err
    assert "[egress] allow" in done.err


# --- the rest -------------------------------------------------------------------------


def test_the_egress_report_tests_itself(kb: Kb) -> None:
    done = kb("egress-report", "--json")
    assert done.code == 0
    assert done.json["guard"] is True
    assert all(trial["refused"] for trial in done.json["self_test"])


def test_config_show_names_the_origin_of_every_key(kb: Kb) -> None:
    keys = kb("config", "show", "--json").json["keys"]
    assert keys["models.engine"]["value"] == "embedded"
    assert keys["models.engine"]["origin"].endswith("demo.toml")
    assert keys["models.folder"]["origin"] == "environment"
    assert keys["chunk.tokens"] == {"value": 384, "origin": "default"}


def test_models_list_names_the_demo_models(kb: Kb) -> None:
    names = {model["name"] for model in kb("models", "list", "--json").json["models"]}
    assert {"multilingual-e5-small:latest", "qwen2.5-coder:1.5b"} <= names


def test_without_a_terminal_nothing_is_drawn(kb: Kb, docs: Path) -> None:
    done = kb("ingest", str(docs))
    assert not re.search(r"[\x1b━]", done.err)
    assert "ingest: 1/1 files" in done.err


# --- what is typed by mistake, and a first configuration --------------------------------


@pytest.mark.parametrize(("typed", "meant"), [("aks", "ask"), ("serach", "search")])
def test_a_mistyped_command_names_the_one_that_is_meant(kb: Kb, typed: str, meant: str) -> None:
    done = kb(typed, "x")
    assert done.code == 2
    assert error_lines(done.err) == [
        f"error: there is no command '{typed}' [usage]",
        f"why:   did you mean {meant}?",
        f"fix:   run kb {meant} --help",
    ]


def test_a_mistyped_path_is_no_run(kb: Kb, docs: Path) -> None:
    assert kb("ingest", str(docs / "nowhere")).code == 2
    assert kb("history", "--json").json["history"] == []


def test_a_first_configuration_is_written_and_never_over_another(kb: Kb, tmp_path: Path) -> None:
    file = tmp_path / "etc" / "kb.toml"
    written = kb("config", "init", str(file), "--like", "cluster", "--json")
    assert written.code == 0
    assert Path(written.json["units"], "kb-reindex.timer").is_file()
    shown = kb("--config", str(file), "config", "show", "--json").json["keys"]
    assert shown["store.engine"] == {"value": "server", "origin": str(file)}

    file.write_text("# mine\n")
    again = kb("config", "init", str(file))
    assert again.code == 2
    assert "is there already" in again.err
    assert file.read_text() == "# mine\n"
