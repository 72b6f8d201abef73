"""All of the hostile files in one `kb ingest`, among good neighbours: what becomes of each.

    python -m tests.crash.docs_bad        prints a table by class; exit code 1 where one is wrong

The files are not part of this repository: `../shared/eval/docs-bad`, or below $KB_SHARED. Their
manifest says what is expected of each:

    text       it is read, and its probe is found
    maybe      it is read or refused, for a reason
    password   refused as protected
    reject     refused as empty, damaged or unknown
    limit      refused, be it for a program that is missing, or read without unpacking it: a small
               text comes of it

A reason is one of `kb`'s own references. `error`, which is a bug of ours, and a file that ran
into the limit of time are wrong everywhere but in `limit`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kb.index.generation import Collection
from kb.types import MEMBER
from tests.commands import REPOSITORY, Done
from tests.crash.processes import peak_megabytes
from tests.crash.stub_kb import StubKb, stub
from tests.meanwhile import ended

SHARED = Path(os.environ.get("KB_SHARED") or REPOSITORY.parent / "shared")
SECONDS_PER_FILE = 60
MEGABYTES_PER_FILE = 1024
SMALL_TEXT = 1_000_000
NEIGHBOURS = 12

_REFUSED = {"empty-document", "damaged-document", "unsupported-format"}
_BOUNDED = {*_REFUSED, "limit-exceeded", "protected-document", "missing-program"}


@dataclass(frozen=True)
class Outcome:
    """What became of a file: `text` of it and of its members, the `references` of its failures
    with their messages. `wrong` is empty where that is what the manifest expects."""

    file: str
    group: str
    expect: str
    text: str
    failures: tuple[tuple[str, str], ...]
    wrong: str = ""

    @property
    def references(self) -> set[str]:
        return {reference for reference, _ in self.failures}


@dataclass(frozen=True)
class Trial:
    """One ingest of everything. `neighbours` are the good documents that went in."""

    outcomes: tuple[Outcome, ...]
    neighbours: int
    done: Done
    check: Done
    seconds: float
    most_megabytes: int


def run(bad: Path, place: Path) -> Trial:
    """Ingest the hostile files together with good ones, with the real command in `place`."""
    good = place / "good"
    good.mkdir()
    for number in range(NEIGHBOURS):
        text = f"# Neighbour {number}\n\nThe good neighbour number {number} is well.\n"
        (good / f"{number:02}.md").write_text(text, encoding="utf-8")
    kb = stub(
        place / "home",
        KB_INGEST__SECONDS_PER_FILE=str(SECONDS_PER_FILE),
        KB_INGEST__MEGABYTES_PER_FILE=str(MEGABYTES_PER_FILE),
    )
    started = time.monotonic()
    done, most = _watched(
        kb, "ingest", str(bad), str(good), "--exclude", "/manifest.jsonl", "--json"
    )
    seconds = time.monotonic() - started
    texts, failures = _contents(kb.home)
    lines = (bad / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return Trial(
        outcomes=tuple(_outcome(row, texts, failures) for row in rows),
        neighbours=sum(name.startswith("good/") for name in texts),
        done=done,
        check=kb("check"),
        seconds=seconds,
        most_megabytes=most,
    )


def _contents(home: Path) -> tuple[dict[str, str], dict[str, list[tuple[str, str]]]]:
    """Texts, and failures with their messages, by root and path."""
    failures: dict[str, list[tuple[str, str]]] = {}
    with Collection(home, "default").reader() as live:
        texts = {
            f"{record.root}/{record.path}": "\n".join(
                chunk.text for chunk in live.catalog.document_chunks(record.doc_id)
            )
            for record in live.catalog.documents()
        }
        for failure in live.catalog.failures():
            place = failures.setdefault(f"{failure.root}/{failure.path}", [])
            place.append((failure.reference, failure.message))
    return texts, failures


def _outcome(
    row: Mapping[str, Any],
    texts: Mapping[str, str],
    failures: Mapping[str, list[tuple[str, str]]],
) -> Outcome:
    path = unicodedata.normalize("NFC", f"docs-bad/{row['file']}")

    def of_the_file(names: Iterable[str]) -> list[str]:
        return [name for name in names if name == path or name.startswith(f"{path}{MEMBER}")]

    text = "\n".join(texts[name] for name in of_the_file(texts))
    failed = tuple(one for name in of_the_file(failures) for one in failures[name])
    outcome = Outcome(row["file"], row["cls"], row["expect"], text, failed)
    return replace(outcome, wrong=_judge(outcome, row.get("probe", "")))


def _judge(outcome: Outcome, probe: str) -> str:
    """What is wrong with an outcome, or nothing."""
    text, references, expect = outcome.text, outcome.references, outcome.expect
    if not text and not references:
        return "neither a document nor a failure: lost"
    if "error" in references:
        return "a bug in kb"
    if expect != "limit" and any("takes too long" in why for _, why in outcome.failures):
        return "over its time"
    if expect == "text":
        if not text:
            return "not read"
        return "" if probe in text else f"'{probe}' is not in its text"
    if expect == "maybe":
        return ""
    if expect == "limit":
        fits = len(text) <= SMALL_TEXT and references <= _BOUNDED
        return "" if fits else f"{len(text)} characters"
    wanted = {"protected-document"} if expect == "password" else _REFUSED
    if text:
        return "was read"
    return "" if references & wanted else "refused for another reason"


def _watched(kb: StubKb, *arguments: str) -> tuple[Done, int]:
    """Run a command; also the most megabytes that one of its processes was resident with."""
    most = 0
    with (
        ended(
            subprocess.Popen(
                kb.command(*arguments),
                env=kb.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            ),
            session=True,
        ) as process,
        ThreadPoolExecutor(1) as reader,
    ):
        written = reader.submit(process.communicate)
        while not written.done():
            most = max(most, peak_megabytes(process.pid))
            time.sleep(0.1)
        out, err = written.result()
    return Done(process.returncode, out.decode(), err.decode()), most


def table(trial: Trial) -> str:
    """Markdown: a line a class, then every file that is wrong."""
    lines = ["| class | files | read | refused | as expected |", "| --- | --- | --- | --- | --- |"]
    groups: dict[str, list[Outcome]] = {}
    for outcome in trial.outcomes:
        groups.setdefault(outcome.group, []).append(outcome)
    for name, group in [*sorted(groups.items()), ("all", [*trial.outcomes])]:
        read = sum(bool(one.text) for one in group)
        right = sum(not one.wrong for one in group)
        why = Counter(reference for one in group if not one.text for reference in one.references)
        reasons = ", ".join(f"{count} {reference}" for reference, count in sorted(why.items()))
        refused = f"{len(group) - read}{f' ({reasons})' if reasons else ''}"
        lines.append(f"| {name} | {len(group)} | {read} | {refused} | {right} |")
    lines += [
        "",
        f"{trial.neighbours} of {NEIGHBOURS} good neighbours in, exit code {trial.done.code}, "
        f"{trial.seconds:.0f} s, at most {trial.most_megabytes} MB in one process.",
    ]
    for one in trial.outcomes:
        if one.wrong:
            told = "; ".join(f"{why} [{reference}]" for reference, why in one.failures[:2])
            lines.append(f"- {one.file} ({one.expect}): {one.wrong}. {told}")
    return "\n".join(lines)


def main() -> int:
    bad = SHARED / "eval" / "docs-bad"
    if not bad.is_dir():
        sys.stderr.write(f"the hostile files are not at {bad} (KB_SHARED names their folder)\n")
        return 0
    with tempfile.TemporaryDirectory(prefix="kb-bad-") as place:
        trial = run(bad, Path(place))
    sys.stdout.write(table(trial) + "\n")
    return int(any(one.wrong for one in trial.outcomes) or trial.neighbours != NEIGHBOURS)


if __name__ == "__main__":
    sys.exit(main())
