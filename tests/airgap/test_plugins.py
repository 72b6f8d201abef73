"""A parser plugin that telephones home: its file fails and says where it wanted to go, its
neighbours go in, and nothing has left the machine."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from tests.airgap.machine import STUB, AirgappedKb, Seen
from tests.unit.documents.pool.hostile import WAYS_HOME

GOOD = ("a.txt", "b.txt", "c.txt")
NO_DATAGRAMS = "the kernel's sandbox"
"""A datagram's socket is refused by the kernel, before it is told where to send."""
WANTED = {
    "urllib": "192.0.2.7",  # the environment's proxy
    "http": "192.0.2.2",  # it asks for the address of an address first
    "lookup": "tracker.invalid",
    "datagram": NO_DATAGRAMS,
    "connect": "192.0.2.4:443",
}


@dataclass(frozen=True)
class Trial:
    kb: AirgappedKb
    seen: Seen


@pytest.fixture(scope="module")
def trial(namespace: None, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    place = tmp_path_factory.mktemp("plugin")
    docs = place / "docs"
    docs.mkdir()
    for name in (*GOOD, *(f"bad-{way}.txt" for way in WAYS_HOME)):
        (docs / name).write_text(f"The text of {name}.", encoding="utf-8")
    kb = AirgappedKb(place / "home", module="tests.airgap.plugin_kb")
    return Trial(kb, kb.watched("ingest", str(docs), "--json"))


def test_the_run_ends_with_the_files_that_failed(trial: Trial) -> None:
    assert trial.seen.done.code == 3, trial.seen.done.err
    failed = {one["path"]: one for one in trial.seen.done.json["failed"]}
    assert failed.keys() == {f"bad-{way}.txt" for way in WANTED}
    for way, where in WANTED.items():
        failure = failed[f"bad-{way}.txt"]
        assert failure["reference"] == "egress-refused"
        refused = where if where is NO_DATAGRAMS else f"a connection to {where} was blocked"
        assert refused in failure["message"]


def test_the_neighbours_go_in(trial: Trial) -> None:
    """So does a file whose plugin passes over the refusal: there is nothing wrong with it."""
    assert trial.seen.done.json["added"] == len(GOOD) + 1
    for name in (*GOOD, "bad-swallowed.txt"):
        assert trial.kb("show", name).code == 0


def test_nothing_has_left_the_machine(trial: Trial, tracer: None) -> None:
    """The guard refuses before the operating system is asked."""
    assert trial.seen.leaks == []


def test_where_they_wanted_to_go_can_be_looked_up_later(trial: Trial) -> None:
    listed = trial.kb("sources", "--failed").out
    assert [where for where in WANTED.values() if where not in listed] == []
    reported = trial.kb("egress-report").out
    refused = {where for where in WANTED.values() if where is not NO_DATAGRAMS}
    assert {where for where in refused if where not in reported} == set()


def test_without_the_plugin_the_same_files_go_in(trial: Trial) -> None:
    """The cause lay outside of them: they are tried again although they are the same."""
    mended = replace(trial.kb, module=STUB)("ingest", str(trial.kb.home.parent / "docs"), "--json")
    assert mended.code == 0, mended.err
    assert mended.json["added"] == len(WANTED)
