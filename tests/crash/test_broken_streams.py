"""Standard output and standard error that are full, closed, or without a reader; a working folder
that was deleted; a locale that is not UTF-8. For every command that needs no model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from tests import commands
from tests.commands import Done
from tests.crash.stub_kb import StubKb, stub
from tests.homes import built_once, copied

RESULTS = {
    "--help": 0,
    "--version": 0,
    "ingest --help": 0,
    "search 张飞": 0,
    "search 张飞 --json": 0,
    "ask 张飞的电话号码": 4,
    "status": 0,
    "sources": 0,
    "show leave.md": 0,
    "history": 0,
    "check --quick": 0,
    "models list": 0,
    "config show": 0,
    "config show --json": 0,
    "egress-report": 0,
    "history --diff 1 9": 2,
}
"""Commands that print what they were called for, with their exit codes."""
REPORTS = {"ingest {docs}": 3, "ingest {docs} --json": 3, "reindex": 3, "remove leave.md": 0}
"""Commands that do something, and report it."""
BROKEN = ("full", "closed", "gone")
EVERY_DAY = ("search 张飞", "--help", "ingest {docs}", "ingest docs")


def cases(lines: Iterable[str], states: Iterable[str], always: str) -> list[ParameterSet]:
    """Each line in each state: everything at night; by day what is `always` tried, of every line,
    and all of a few."""
    daily = {always, *EVERY_DAY}
    return [
        pytest.param(line, state, marks=() if {line, state} & daily else pytest.mark.nightly)
        for line in lines
        for state in states
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of documents, one of which fails, and a home that has them."""

    def build(place: Path) -> None:
        docs = place / "docs"
        docs.mkdir()
        (docs / "张飞.md").write_text("张飞的电话号码是u987438274。")
        (docs / "leave.md").write_text("Leave is 30 days.")
        (docs / "empty.txt").touch()
        assert stub(place / "home")("ingest", str(docs)).code == 3

    return built_once(tmp_path_factory, "streams", build)


@pytest.fixture
def kb(made: Path, tmp_path: Path) -> StubKb:
    copied(made / "home", tmp_path / "home")
    return stub(tmp_path / "home")


@pytest.fixture
def docs(made: Path, tmp_path: Path) -> Path:
    """With one document more than the home has."""
    shutil.copytree(made / "docs", tmp_path / "docs")
    (tmp_path / "docs" / "new.md").write_text("Something new.")
    return tmp_path / "docs"


@contextmanager
def stream(state: str, file: Path) -> Iterator[int]:
    """A descriptor to write to: `full`, `gone` (a pipe that nobody reads), or a file."""
    if state == "gone":
        reading, descriptor = os.pipe()
        os.close(reading)
    else:
        descriptor = os.open("/dev/full" if state == "full" else file, os.O_CREAT | os.O_WRONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def run(kb: StubKb, words: list[str], folder: Path, *, out: str = "", err: str = "") -> Done:
    """Run a command with its streams in these states."""
    files = folder / "out", folder / "err"
    with stream(out, files[0]) as first, stream(err, files[1]) as second, open(os.devnull) as none:
        command, environment = kb.command(*words), kb.environment()
        streams = (none.fileno(), first, second)
        if "closed" not in (out, err):
            code = commands.exit_code(command, environment, streams)
        else:
            closing = f"{'>&-' * (out == 'closed')} {'2>&-' * (err == 'closed')}"
            code = subprocess.run(
                ["/bin/sh", "-c", f'exec "$@" {closing}', "sh", *command],
                env=environment,
                stdin=streams[0],
                stdout=streams[1],
                stderr=streams[2],
                timeout=300,
                check=False,
            ).returncode
    texts = (file.read_text() if file.exists() else "" for file in files)
    return Done(code, *texts)


@pytest.mark.parametrize(("line", "state"), cases(RESULTS, BROKEN, "full"))
def test_a_broken_standard_error_changes_nothing(
    kb: StubKb, tmp_path: Path, line: str, state: str
) -> None:
    done = run(kb, line.split(), tmp_path, err=state)
    assert done.code == RESULTS[line]
    assert bool(done.out) == (done.code != 2)


@pytest.mark.parametrize(("line", "state"), cases(RESULTS, BROKEN, "full"))
def test_a_result_that_cannot_be_written_is_exit_5(
    kb: StubKb, tmp_path: Path, line: str, state: str
) -> None:
    """Unless its reader went away: then it wanted no more, as `kb sources | head`."""
    done = run(kb, line.split(), tmp_path, out=state)
    assert "Traceback" not in done.err
    if state == "gone" or RESULTS[line]:
        assert done.code == RESULTS[line]
    else:
        assert done.code == 5
        assert "error: standard output could not be written [output]" in done.err


def known(kb: StubKb) -> tuple[int, int]:
    """The live generation, and how many runs are in the history."""
    place = kb.home / "collections" / "default"
    runs = (place / "runs.jsonl").read_text().splitlines()
    return int((place / "CURRENT").read_text()), len(runs)


@pytest.mark.parametrize("which", ["out", "err"])
@pytest.mark.parametrize(("line", "state"), cases(REPORTS, BROKEN, "none"))
def test_a_command_that_does_something_does_it_also_where_it_cannot_tell(
    kb: StubKb, docs: Path, tmp_path: Path, line: str, which: str, state: str
) -> None:
    """The exit code is of what it did, and the run is in the history."""
    if line == "reindex":
        assert kb("ingest", str(docs)).code == 3
        (docs / "newer.md").write_text("Something newer.")
    generation, runs = known(kb)
    done = run(kb, line.format(docs=docs).split(), tmp_path, **{which: state})
    assert done.code == REPORTS[line], done.err
    assert known(kb) == (generation + 1, runs + (line != "remove leave.md"))
    if which == "out" and state != "gone":
        assert "warning: what was done could not be reported" in done.err


@pytest.mark.parametrize("words", [["--log-format", "json"], ["-v"]], ids=" ".join)
def test_nothing_that_is_logged_ends_a_run(
    kb: StubKb, docs: Path, tmp_path: Path, words: list[str]
) -> None:
    assert run(kb, [*words, "ingest", str(docs)], tmp_path, err="full").code == 3
    assert known(kb) == (2, 2)


def test_a_closed_stream_is_no_place_for_the_next_file_that_is_opened(
    kb: StubKb, docs: Path, tmp_path: Path
) -> None:
    """Or a library that logs to descriptor 2 would write into the store."""
    closed = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *kb.command("ingest", str(docs))],
        env=kb.environment(),
        timeout=300,
        check=False,
    )
    assert closed.returncode == 3
    assert kb("check", "--quick").code == 0


# --- arguments that are not UTF-8 --------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["search", "\udcff"],
        ["search", "张飞", "--where", "path=\udcff"],
        ["ask", "张\udcff"],
        ["show", "\udcff"],
        ["remove", "\udcff"],
        ["--collection", "\udcff", "status"],
        ["--home", "/nowhere/\udcff", "status"],
        ["ingest", "/nowhere/\udcff"],
        ["eval", "\udcff"],
        ["\udcff"],
    ],
    ids=lambda words: words[0].encode("ascii", "backslashreplace").decode(),
)
def test_bytes_that_are_not_utf_8_are_wrong_usage(
    kb: StubKb, tmp_path: Path, words: list[str]
) -> None:
    """As Python hands them over; the command's message shows them as marks."""
    done = run(kb, words, tmp_path)
    assert done.code == 2
    assert done.err.splitlines()[-3].startswith("error: ")
    assert r"\udcff" in done.err


def test_a_line_of_a_chat_that_is_not_utf_8_is_wrong_usage(kb: StubKb) -> None:
    done = subprocess.run(
        kb.command("chat"),
        env=kb.environment(),
        input="张飞的电话号码\n".encode("gbk"),
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 2
    assert "is not Unicode text [usage]" in done.stderr.decode()


# --- the working folder, the locale -----------------------------------------------------


def in_a_deleted_folder(kb: StubKb, folder: Path, *words: str) -> Done:
    """A command whose working folder is gone when it starts."""
    folder.mkdir()
    script = 'cd "$0" && rmdir "$0" && exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", script, str(folder), *kb.command(*words)],
        env=kb.environment(),
        capture_output=True,
        timeout=300,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    ("line", "state"), cases([*RESULTS, *REPORTS, "ingest docs", "doctor"], ["deleted"], "none")
)
def test_a_deleted_working_folder_matters_to_relative_paths_only(
    kb: StubKb, docs: Path, tmp_path: Path, line: str, state: str
) -> None:
    words = line.format(docs=docs).split()
    done = in_a_deleted_folder(kb, tmp_path / state, *words)
    assert "Traceback" not in done.err
    if line in ("ingest docs", "remove leave.md"):
        assert done.code == 2
        assert "error: the folder that kb was called in is no longer there [usage]" in done.err
    elif line != "doctor":
        assert done.code == {**RESULTS, **REPORTS}[line]


@pytest.mark.parametrize(
    "locale", ["C", *(pytest.param(one, marks=pytest.mark.nightly) for one in ("POSIX", "none"))]
)
def test_names_are_utf_8_in_every_locale(tmp_path: Path, locale: str) -> None:
    """As cron has it. Without Python's own remedy, which an environment may turn off."""
    variables = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    kb = stub(tmp_path / "家", **variables, PYTHONCOERCECLOCALE="0")
    folder = tmp_path / "合同"
    folder.mkdir()
    (folder / "保修.md").write_text("合同第三条：保修期为三年。", "utf-8")
    assert kb("ingest", str(folder), cold=True).code == 0
    [hit] = kb("search", "保修期", "--json", cold=True).json["hits"]
    assert hit["source"] == "保修.md"
    assert json.loads(kb("show", "合同/保修.md", "--json", cold=True).out)["show"]["chunks"]
    assert "合同第三条" in kb("show", "合同/保修.md", cold=True).out
    assert kb("remove", str(folder / "保修.md"), cold=True).code == 0
    assert stub(tmp_path / "家")("status", "--json").json["status"]["documents"] == 0
