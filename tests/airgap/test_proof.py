"""Every command of kb, with the real models, on a machine that has loopback and nothing else: it
works, and under strace neither it nor anything it starts reaches for another machine or a name."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
import pytest

from kb.cli.main import COMMANDS, cli
from tests.airgap import enclosure
from tests.airgap.machine import STUB, AirgappedKb, Seen
from tests.airgap.tracing import opened, started
from tests.commands import REPOSITORY
from tests.homes import copied
from tests.layers import NIGHTLY

DEMO = REPOSITORY / "data" / "demo"
PHONE = "张飞的电话号码"
NOBODY = "刘备的电话号码"
PHONE_LIST = "通讯录.docx"
CONVERTERS = {"pandoc", "soffice", "soffice.bin", "oosplash"}

EXEMPT = {
    "models fetch-demo": "it starts pip on a machine with a network; the one command that may",
}


@dataclass(frozen=True)
class Case:
    """How a command is tried. `shows` must be in what it prints. One that changes the index works
    on a copy of what the command `after` which it comes has left. `{corpus}`, `{questions}` and
    `{spare}` are files and folders of the trial. `module` is what Python starts."""

    arguments: tuple[str, ...]
    shows: str = ""
    typed: str = ""
    after: str = ""
    codes: tuple[int, ...] = (0,)
    module: str = "kb.cli"


CASES = {
    "ingest": Case(("ingest", "{corpus}"), "0 failed"),
    "search": Case(("search", PHONE, "--top-k", "1"), "u987438274"),
    "ask": Case(("ask", PHONE, "--top-k", "1"), "u987438274"),
    # By day without an answer of the model, which "ask" and "serve" have.
    "chat": Case(
        ("chat", "--top-k", "1"),
        "u987438274" if NIGHTLY else "刘备",
        typed=f"{PHONE if NIGHTLY else NOBODY}\n/sources\n",
    ),
    "serve": Case(("serve", "--port", "0"), "u987438274", module="tests.airgap.served_kb"),
    "mcp": Case(("mcp",), "u987438274", module="tests.airgap.mcp_kb"),
    "eval": Case(("eval", "{questions}", "--retrieval-only", "--min", "recall@5=1"), "recall"),
    "status": Case(("status",), "multilingual-e5-small"),
    "sources": Case(("sources",), PHONE_LIST),
    "show": Case(("show", PHONE_LIST), "u987438274"),
    "history": Case(("history",), "ingest"),
    "check": Case(("check",)),
    "tables list": Case(("tables", "list"), "network_inventory: 26 rows"),
    "tables show": Case(("tables", "show", "network_inventory"), "network-inventory.csv"),
    "sql": Case(("sql", "SELECT count(*) FROM network_inventory"), "26"),
    "users list": Case(("users", "list"), "there are no users"),
    "users add": Case(("users", "add", "anna"), "token: ", after="ingest"),
    "users token": Case(("users", "token", "anna"), "token: ", after="users add"),
    "users grant": Case(("users", "grant", "anna", "hr"), "hr", after="users add"),
    "users remove": Case(("users", "remove", "anna"), "removed anna", after="users add"),
    "config show": Case(("config", "show"), "egress"),
    "config init": Case(("config", "init", "{spare}/kb.toml"), "like ollama"),
    "egress-report": Case(("egress-report",), "blocked"),
    "models list": Case(("models", "list"), "multilingual-e5-small"),
    "models add": Case(("models", "add", "{spare}/tiny.gguf", "--name", "tiny"), after="ingest"),
    "reindex": Case(("reindex",), "0 failed", after="ingest"),
    "remove": Case(("remove", "{corpus}/demo.png"), after="ingest"),
    # What is wrong with this machine is not the proof's affair.
    "doctor": Case(("doctor",), codes=(0, 2, 5, 7, 8, 9)),
    "bundle create": Case(("bundle", "create", "{spare}/index.kb", "--index-only"), after="ingest"),
    "bundle verify": Case(("bundle", "verify", "{spare}/index.kb"), after="bundle create"),
    "bundle install": Case(
        ("bundle", "install", "{spare}/index.kb", "--no-doctor"), after="bundle create"
    ),
    "rollback": Case(("rollback",), after="remove"),
}


def commands() -> Iterator[str]:
    """Every command that can be typed: of a group its members."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            yield from (f"{name} {member}" for member in command.list_commands(context))
        else:
            yield name


TRIED = tuple(name for name in CASES if name in set(commands()))


def test_every_command_is_under_proof_or_exempt_for_a_reason() -> None:
    assert {*commands()} <= CASES.keys() | EXEMPT.keys()
    assert all(EXEMPT.values())


# --- the trial ------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """One machine. A command is run once, and looked at by several tests."""

    kb: AirgappedKb
    places: dict[str, Path]
    seen: dict[str, Seen] = field(default_factory=dict)

    def run(self, name: str) -> Seen:
        if name not in self.seen:
            case = CASES[name]
            kb = replace(self.kb, module=case.module)
            if name != "ingest":
                self.run(case.after or "ingest")
            if case.after:
                kb = replace(kb, home=self.home(name))
                copied(self.home(case.after), kb.home)
            if name == "models add":
                kb = replace(kb, models_folder=self.places["spare"])
            arguments = [one.format(**self.places) for one in case.arguments]
            self.seen[name] = kb.watched(*arguments, typed=case.typed)
        return self.seen[name]

    def home(self, name: str) -> Path:
        """Where a command has worked."""
        return self.kb.home.with_name(name) if CASES[name].after else self.kb.home


@pytest.fixture(scope="module")
def trial(namespace: None, tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Trial:
    place = tmp_path_factory.mktemp("airgap")
    corpus, spare = place / "corpus", place / "spare"
    corpus.mkdir()
    for suffix, file in one_of_each_format().items():
        # The picture gets a name that a command line can be sure to carry.
        shutil.copy(file, corpus / ("demo.png" if suffix == ".png" else file.name))
    spare.mkdir()
    (spare / "tiny.gguf").write_bytes(b"GGUF, and nothing more")
    questions = place / "questions.jsonl"
    questions.write_text("".join(_questions(corpus)), encoding="utf-8")
    kb = AirgappedKb(place / "home", models_folder)
    return Trial(kb, {"corpus": corpus, "questions": questions, "spare": spare})


def one_of_each_format() -> dict[str, Path]:
    """The smallest file of the demo in each format, the phone list, and a scan for PDF."""
    found: dict[str, Path] = {}
    for file in sorted((DEMO / "docs").rglob("*.*"), key=lambda file: -file.stat().st_size):
        found[file.suffix] = file
    [scan] = (DEMO / "docs").rglob("*扫描件.pdf")
    [phones] = (DEMO / "docs").rglob(PHONE_LIST)
    return {**found, ".pdf": scan, ".docx": phones}


def _questions(corpus: Path) -> Iterator[str]:
    """The demo's answerable questions on these files, three at most."""
    names = {file.name for file in corpus.iterdir()}
    rows = map(json.loads, (DEMO / "questions.jsonl").read_text(encoding="utf-8").splitlines())
    chosen = [row for row in rows if row["answerable"] and Path(row["source"]).name in names]
    for row in chosen[:3]:
        yield json.dumps({**row, "source": Path(row["source"]).name}, ensure_ascii=False) + "\n"


# --- what is shown --------------------------------------------------------------------


def test_every_format_of_the_demo_is_in_the_trial() -> None:
    suffixes = {file.suffix for file in (DEMO / "docs").rglob("*") if file.is_file()}
    assert set(one_of_each_format()) == suffixes


@pytest.mark.parametrize("name", TRIED)
def test_it_works_without_a_network(trial: Trial, name: str) -> None:
    done = trial.run(name).done
    assert done.code in CASES[name].codes, done.err
    assert CASES[name].shows in done.out
    # What the guard refuses has tried: only the self-test may.
    assert ("egress blocked" in done.err) == (name == "egress-report")


@pytest.mark.parametrize("name", TRIED)
def test_it_reaches_for_nothing_beyond_the_machine(trial: Trial, tracer: None, name: str) -> None:
    seen = trial.run(name)
    assert seen.calls, "nothing was traced"
    assert seen.leaks == []


@pytest.mark.nightly  # by day: tests/airgap/test_known_leaks.py, on documents that it makes
def test_real_documents_of_every_format_are_read_and_reach_for_nothing(
    tracer: None, tmp_path: Path, shared: Path
) -> None:
    """Documents from other projects' test suites, one a format; a fake engine embeds them."""
    docs = tmp_path / "docs"
    docs.mkdir()
    for folder in sorted(one for one in (shared / "eval" / "docs-real").iterdir() if one.is_dir()):
        if folder.name in ("doc", "ppt") and not shutil.which("soffice"):
            continue  # they need LibreOffice
        files = sorted(folder.iterdir(), key=lambda file: file.stat().st_size)
        chosen = next((file for file in files if file.stat().st_size >= 500), files[-1])
        shutil.copy(chosen, docs / f"{folder.name}{chosen.suffix}")
    seen = AirgappedKb(tmp_path / "home", module=STUB).watched("ingest", str(docs), "--json")
    assert seen.done.code in (0, 3), seen.done.err
    assert seen.done.json["added"] > 20
    # A picture without text, a format that has no decoder; nothing that had wanted a network.
    reasons = {failure["reference"] for failure in seen.done.json["failed"]}
    assert reasons <= {"empty-document", "unsupported-format"}
    assert seen.leaks == []


def test_no_program_is_started_but_python_and_the_converters(trial: Trial, tracer: None) -> None:
    for name in TRIED:
        names = {Path(program).name for program in started(trial.run(name).calls)}
        others = {one for one in names if not one.startswith("python")}
        assert others <= CONVERTERS, name


def test_pip_is_not_called(trial: Trial, tracer: None) -> None:
    for name in TRIED:
        assert [p for p in opened(trial.run(name).calls) if "/site-packages/pip/" in p] == [], name


def test_nothing_is_kept_in_the_users_home(trial: Trial) -> None:
    """No id of the machine, no cache of what was to be sent later."""
    for name in TRIED:
        trial.run(name)
    user = trial.kb.user
    assert not user.exists() or [*user.rglob("*")] == []


def test_not_even_loopback_is_needed(trial: Trial) -> None:
    trial.run("ingest")
    for arguments in (["search", PHONE], ["check"]):
        done = subprocess.run(
            [*enclosure.UNSHARE, *trial.kb.command(*arguments)],
            env=trial.kb.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
