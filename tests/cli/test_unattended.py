"""`kb reindex` with nobody there: reports, metrics, an alarm, JSON logs, locks, gates, units.

The command line, parsing processes and store are real; a fake engine stands for the model.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kb.index.locks import writer_lock
from kb.reporting import reporter
from tests.commands import REPOSITORY
from tests.crash.stub_kb import StubKb, stub
from tests.homes import copied
from tests.meanwhile import ended

SAVE = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder with what is ingested in it, and a copy of it as it was then."""
    folder = tmp_path_factory.mktemp("office")
    office = Office(folder / "work")
    assert office.kb("ingest", str(office.docs)).code == 0
    copied(folder / "work", folder / "copy")
    return folder / "work", folder / "copy"


@pytest.fixture
def office(pristine: tuple[Path, Path]) -> Office:
    work, copy = pristine
    shutil.rmtree(work)
    copied(copy, work)
    return Office(work)


class Office:
    """A home with one ingested document, and a configuration that reports to files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.docs = folder / "docs"
        self.docs.mkdir(parents=True, exist_ok=True)
        self.summary_file, self.alarm = folder / "summary.json", folder / "alarm.json"
        self.metrics_file = folder / "kb.prom"
        if not (self.docs / "phones.txt").exists():
            (self.docs / "phones.txt").write_text("Durchwahl der Pforte: 5501.", encoding="utf-8")
        self.configure([sys.executable, "-c", SAVE, str(self.alarm)])
        self.kb: StubKb = stub(folder / "home", KB_CONFIG=str(folder / "kb.toml"))

    def configure(self, on_failure: list[str]) -> None:
        report = {"summary_file": self.summary_file, "metrics_file": self.metrics_file}
        lines = [f"{key} = {json.dumps(str(value))}" for key, value in report.items()]
        lines += [f"on_failure = {json.dumps(on_failure)}"]
        (self.folder / "kb.toml").write_text("\n".join(["[report]", *lines]) + "\n")

    def questions(self, answer: str = "5501") -> Path:
        file = self.folder / "questions.jsonl"
        question = {"id": "q", "question": "Durchwahl der Pforte?", "answers": [answer]}
        file.write_text(json.dumps({**question, "source": "phones.txt"}) + "\n")
        return file

    @property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.summary_file.read_text(encoding="utf-8"))
        return found

    def metrics(self) -> dict[str, float]:
        text = self.metrics_file.read_text(encoding="utf-8")
        return {name: value for (name, _), value in exposition(text).items()}


def exposition(text: str) -> dict[tuple[str, str], float]:
    """Prometheus' text format, read by its rules: every sample has HELP and TYPE before it, a
    metric's lines stand together, no sample occurs twice, the last line ends."""
    assert text.endswith("\n")
    samples: dict[tuple[str, str], float] = {}
    order: list[str] = []
    announced: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            order.append(line.split(" ", 3)[2])
        elif line.startswith("# TYPE "):
            name, kind = line.split(" ")[2:]
            assert (name, kind) == (order[-1], "gauge")
            announced.add(name)
        else:
            found = re.fullmatch(
                r'([a-zA-Z_:][a-zA-Z0-9_:]*)\{collection="((?:[^"\\\n]|\\["\\n])*)"\} (\S+)', line
            )
            assert found, line
            name, label, value = found.groups()
            assert name == order[-1]
            assert name in announced
            assert (name, label) not in samples
            assert math.isfinite(float(value))
            samples[name, label] = float(value)
    assert len(order) == len(set(order))
    return samples


# --- the summary, the metrics, the alarm ------------------------------------------------


def test_a_run_writes_its_summary_and_its_metrics_and_raises_no_alarm(office: Office) -> None:
    (office.docs / "new.txt").write_text("Der Hausmeister: 5502.", encoding="utf-8")
    before = time.time()
    assert office.kb("reindex").code == 0
    summary = office.summary
    assert (summary["command"], summary["outcome"], summary["exit_code"]) == ("reindex", "done", 0)
    assert (summary["added"], summary["unchanged"], summary["generation"]) == (1, 1, 2)
    assert summary["index"] == {"documents": 2, "chunks": 2, "failures": 0}
    metrics = office.metrics()
    assert set(metrics) == set(reporter.METRICS)
    assert metrics["kb_documents"] == 2
    assert metrics["kb_last_run_exit_code"] == 0
    assert before <= metrics["kb_last_success_timestamp"] <= time.time()
    assert not office.alarm.exists()
    assert office.summary_file.stat().st_mode & 0o777 == 0o600
    assert office.metrics_file.stat().st_mode & 0o777 == 0o644


def test_a_run_that_fails_keeps_the_time_of_the_last_success_and_raises_the_alarm(
    office: Office,
) -> None:
    office.kb("reindex")
    before = office.metrics()
    (office.folder / "home" / "collections" / "default" / "CURRENT").write_text("damaged\n")
    done = office.kb("reindex")
    assert done.code == 7
    after = office.metrics()
    assert after["kb_last_run_exit_code"] == 7
    assert after["kb_last_success_timestamp"] == before["kb_last_success_timestamp"]
    assert after["kb_last_run_timestamp"] > before["kb_last_run_timestamp"]
    assert after["kb_documents"] == before["kb_documents"]
    alarm = json.loads(office.alarm.read_text(encoding="utf-8"))
    assert alarm == office.summary
    assert alarm["outcome"] == alarm["error"]["reference"] == "store-damaged"


def test_a_file_that_fails_is_a_success_for_the_index_and_is_reported(office: Office) -> None:
    (office.docs / "broken.pdf").write_text("%PDF-1.7 and no more")
    assert office.kb("reindex").code == 3
    metrics = office.metrics()
    assert metrics["kb_failures"] == 1
    assert metrics["kb_last_success_timestamp"] == metrics["kb_last_run_timestamp"]
    alarm = json.loads(office.alarm.read_text(encoding="utf-8"))
    assert (alarm["outcome"], [one["path"] for one in alarm["failed"]]) == (
        "failures",
        ["broken.pdf"],
    )


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        (["/no/such/program"], "could not be run"),
        ([sys.executable, "-c", "import sys; sys.exit('no mail server')"], "no mail server"),
    ],
)
def test_an_alarm_that_fails_is_a_warning_and_changes_no_exit_code(
    office: Office, command: list[str], complaint: str
) -> None:
    office.configure(command)
    (office.docs / "broken.pdf").write_text("%PDF-1.7 and no more")
    done = office.kb("reindex")
    assert done.code == 3
    assert complaint in done.err


def test_an_alarm_that_hangs_is_ended() -> None:
    started = time.monotonic()
    [problem] = reporter.run_command(
        [sys.executable, "-c", "import time; time.sleep(60)"], "{}", 0.5
    )
    assert "was ended after 0.5 s" in problem
    assert time.monotonic() - started < 20


def test_a_run_that_is_killed_is_reported_all_the_same(office: Office) -> None:
    for number in range(20):
        (office.docs / f"{number}.txt").write_text(f"Zimmer {number} ist frei.")
    slow = stub(office.kb.home, **{**office.kb.variables, "KB_TEST_SECONDS_PER_TEXT": "5"})
    started = subprocess.Popen(
        slow.command("reindex"), env=slow.environment(), stderr=subprocess.PIPE, text=True
    )
    with ended(started) as running:
        assert running.stderr is not None
        while "ingest" not in running.stderr.readline():
            assert running.poll() is None
    for _ in range(100):
        if office.alarm.exists() and office.alarm.read_bytes():
            break
        time.sleep(0.1)
    alarm = json.loads(office.alarm.read_text(encoding="utf-8"))
    assert (alarm["outcome"], alarm["exit_code"]) == ("killed", -1)
    assert office.metrics()["kb_last_run_exit_code"] == -1


def test_a_run_that_is_not_allowed_to_begin_is_reported_as_that(office: Office) -> None:
    elsewhere = stub(office.kb.home, **{**office.kb.variables, "OLLAMA_HOST": "203.0.113.7"})
    done = elsewhere("reindex")
    assert (done.code, office.summary["exit_code"]) == (9, 9), done.err
    assert office.summary["outcome"] == office.summary["error"]["reference"] == "egress-refused"


def test_a_report_that_cannot_be_written_is_a_warning(office: Office) -> None:
    office.metrics_file = office.folder / "none" / "kb.prom"
    office.configure([])
    done = office.kb("reindex")
    assert done.code == 0
    assert "kb.prom could not be written" in done.err


def test_two_collections_share_a_metrics_file(office: Office) -> None:
    office.kb("reindex")
    office.kb("--collection", "hr", "ingest", str(office.docs))
    office.kb("--collection", "hr", "reindex")
    found = exposition(office.metrics_file.read_text(encoding="utf-8"))
    assert {label for _, label in found} == {"default", "hr"}
    assert found["kb_documents", "hr"] == found["kb_documents", "default"] == 1


def test_any_label_survives_the_metrics_file(tmp_path: Path) -> None:
    file = tmp_path / "kb.prom"
    for name in ('quoted "name"', "back\\slash", "two\nlines"):
        summary = {"collection": name, "exit_code": 0, "seconds": 1.5, "index": None}
        reporter.update_metrics(file, summary, 1_700_000_000.25)
    found = exposition(file.read_text(encoding="utf-8"))
    assert len({label for _, label in found}) == 3
    assert found["kb_last_run_timestamp", r"back\\slash"] == 1_700_000_000.25


# --- the lock -----------------------------------------------------------------------------


def test_a_held_lock_is_waited_for_or_skipped_or_an_error(office: Office) -> None:
    office.kb("reindex")
    metrics = office.metrics_file.read_bytes()
    with writer_lock(office.kb.home / "collections" / "default" / "lock", 0):
        held = office.kb("reindex", "--skip-if-locked", "--json")
        assert (held.code, held.json["skipped"], held.json["added"]) == (0, True, 0)
        assert office.summary["outcome"] == "skipped"
        assert office.metrics_file.read_bytes() == metrics
        skipped = office.kb("reindex", "--skip-if-locked", "--wait", "0.2")
        assert skipped.code == 0
        assert (
            f"skipped: another process is writing to this collection (process id {os.getpid()})"
            in (skipped.out)
        )
        assert office.kb("reindex").code == 6
        assert office.summary["outcome"] == "lock-held"


# --- the gate -----------------------------------------------------------------------------


def test_a_reindex_that_fails_its_gate_is_rolled_back(office: Office) -> None:
    gate = ("reindex", "--gate", str(office.questions()))
    (office.docs / "phones.txt").write_text("Durchwahl der Pforte: unbekannt.", encoding="utf-8")
    done = office.kb(*gate, "--json", "--min", "recall@5=0.9")
    assert done.code == 10
    assert (done.json["rolled_back"], done.json["generation"]) == (True, 1)
    assert done.json["gate"]["failed_gates"] == ["recall@5 is 0, wanted recall@5 >= 0.9"]
    assert (office.summary["outcome"], office.summary["rolled_back"]) == ("gate-failed", True)
    assert json.loads(office.alarm.read_text())["gate"] == done.json["gate"]
    assert "5501" in office.kb("show", "phones.txt").out
    done = office.kb(*gate)
    assert done.code == 10
    assert "gate: recall@5 0 (before: 1), 1 questions" in done.out
    assert "rolled back: generation 1 is live, as before" in done.err
    assert "look at q, or lower the gate" in done.err, "nothing is left to ask again"


def test_a_reindex_that_passes_its_gate_goes_live(office: Office) -> None:
    (office.docs / "new.txt").write_text("Der Hausmeister: 5502.", encoding="utf-8")
    done = office.kb("reindex", "--json", "--gate", str(office.questions()))
    assert (done.code, done.json["generation"], done.json["rolled_back"]) == (0, 2, False)
    assert done.json["gate"]["metrics"] == {"recall@5": 1.0}


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (None, ()),
        ("", ()),
        ("{}\n", ()),
        ('{"id": "u", "question": "Wer?", "answers": [], "answerable": false}\n', ()),
        ('{"id": "q", "question": "Wer?", "answers": ["ich"], "collection": "hr"}\n', ()),
        ('{"id": "q", "question": "Wer?", "answers": ["ich"]}\n', ("--min", "beauty=1")),
    ],
    ids=["missing", "empty", "no question", "nothing to find", "another collection", "no metric"],
)
def test_what_is_wrong_with_a_gate_is_found_before_the_run(
    office: Office, text: str | None, more: tuple[str, ...]
) -> None:
    file = office.folder / "questions.jsonl"
    if text is not None:
        file.write_text(text)
    assert office.kb("reindex", "--gate", str(file), *more).code == 2
    runs = (office.kb.home / "collections" / "default" / "runs.jsonl").read_text()
    assert len(runs.splitlines()) == 1
    assert office.summary["outcome"] == "usage"


def test_bounds_without_questions_are_wrong_usage(office: Office) -> None:
    assert office.kb("reindex", "--min", "recall@5=0.9").code == 2


# --- the log ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["flag", "configuration"])
def test_in_json_every_line_of_standard_error_is_an_object(office: Office, how: str) -> None:
    (office.docs / "broken.pdf").write_text("%PDF-1.7 and no more")
    flags = ("--log-format", "json") if how == "flag" else ()
    kb = office.kb if flags else stub(office.kb.home, KB_LOG__FORMAT="json")
    done = kb(*flags, "reindex", "--json")
    lines = [json.loads(line) for line in done.err.splitlines()]
    assert all({"time", "level", "step"} <= line.keys() for line in lines)
    assert [line["step"] for line in lines if line["step"] != "ingest"] == [
        "scan",
        "load",
        "commit",
        "done",
        "failed",
    ]
    [failed] = [line for line in lines if line["step"] == "failed"]
    assert (failed["level"], failed["path"]) == ("warning", "broken.pdf")
    [finished] = [line for line in lines if line["step"] == "done"]
    assert finished["failures"] == 1


def test_in_json_an_error_is_one_line_and_with_quiet_the_only_one(office: Office) -> None:
    with writer_lock(office.kb.home / "collections" / "default" / "lock", 0):
        done = office.kb("-q", "--log-format", "json", "reindex")
    [line] = [json.loads(line) for line in done.err.splitlines()]
    assert (line["level"], line["step"], line["reference"]) == ("error", "error", "lock-held")
    assert line["fix"]


def test_a_signal_is_reported_in_json_too(office: Office) -> None:
    for number in range(20):
        (office.docs / f"{number}.txt").write_text(f"Zimmer {number} ist frei.")
    slow = stub(office.kb.home, **{**office.kb.variables, "KB_TEST_SECONDS_PER_TEXT": "0.3"})
    started = subprocess.Popen(
        slow.command("--log-format", "json", "reindex"),
        env=slow.environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    with ended(started) as running:
        assert running.stderr is not None
        lines: list[dict[str, Any]] = []
        while not lines or lines[-1]["step"] != "ingest":
            lines.append(json.loads(running.stderr.readline()))
        running.send_signal(signal.SIGTERM)
        _, rest = running.communicate(timeout=60)
    steps = [json.loads(line)["step"] for line in rest.splitlines()]
    assert "stopping" in steps
    assert running.returncode == 130
    assert office.summary["outcome"] == "interrupted"


# --- the units ----------------------------------------------------------------------------


def commands_of_the_units() -> list[str]:
    service = (REPOSITORY / "configs" / "systemd" / "kb-reindex.service").read_text("utf-8")
    cron = (REPOSITORY / "configs" / "cron" / "kb").read_text("utf-8")
    found = re.findall(r"^ExecStart=(.+)$", service, re.MULTILINE)
    return found + re.findall(r"^(?:# )?\d+ \d+ \S+ \S+ \S+  kb  (.+)$", cron, re.MULTILINE)


def test_what_the_units_start_is_a_command_of_kb(office: Office) -> None:
    office.questions()
    commands = commands_of_the_units()
    assert len(commands) == 3
    for command in commands:
        program, *arguments = command.split()
        assert program == "/opt/kb/bin/kb"
        arguments = [one.replace("/etc/kb", str(office.folder)) for one in arguments]
        done = office.kb(*arguments)
        assert (done.code, "error" in done.err) == (0, False)
