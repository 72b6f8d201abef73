"""This tree beside another checkout, by processor seconds, so that a busy machine does no harm:

    python -m tests.bench.compare CHECKOUT [--rounds 4] [PART…]

CHECKOUT has its own .venv (`make setup` there). In turns, other, this, other, …: the ingest of the
demo's documents in a new home, a run without a change, one new file, the status, a search; all
processes of each command are counted (tests/bench/processor.py). Both trees read this one's
documents. A PART of `make bench` that both have (repeat, scale, …) is run as a whole in each.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.bench.places import DEMO, MODELS, REPOSITORY
from tests.bench.table import Row, at_most, markdown

MOST = 1.10
"""Nothing may take more than this many times what it took."""

_QUESTION = "张飞的电话号码"
_SPENT = re.compile(r"^([0-9.]+) s of processor, .* exit code 0$", re.MULTILINE)

Seconds = dict[str, list[float]]


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.compare")
    parser.add_argument("checkout", type=lambda given: Path(given).resolve())
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("parts", nargs="*")
    given = parser.parse_args(words)
    trees = {"other": given.checkout, "this": REPOSITORY}
    spent: dict[str, Seconds] = {name: defaultdict(list) for name in trees}
    for tree in trees.values():
        # A command in the sandbox cannot keep its byte code: after a change of a file, each one
        # would compile that file anew.
        packages = ["-m", "compileall", "-q", "kb", "pipelines"]
        subprocess.run([_python(tree), *packages], cwd=tree, check=True)
    for turn in range(given.rounds):
        for name, tree in trees.items():
            for what, seconds in _commands(tree):
                spent[name][what].append(seconds)
                print(f"{turn + 1}: {name}: {what}: {seconds:.2f} s", file=sys.stderr, flush=True)
    for part in given.parts:
        for name, tree in trees.items():
            command = [_python(tree), "-m", "tests.bench", part]
            spent[name][f"make bench, {part}"].append(_processor_seconds(tree, command))
    print(markdown(_rows(spent["other"], spent["this"])))
    return 0


def _rows(before: Mapping[str, list[float]], after: Mapping[str, list[float]]) -> Iterator[Row]:
    for what, old in before.items():
        for kind, of in (("least", min), ("median", statistics.median)):
            name = f"{what}, {kind}: {of(old):.3f} → {of(after[what]):.3f} s of processor"
            yield at_most(name, of(after[what]) / of(old), MOST, "×")


def _commands(tree: Path) -> Iterator[tuple[str, float]]:
    """What a tree's commands take, on documents and a home that are thrown away."""
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        docs = Path(shutil.copytree(DEMO, Path(folder) / "docs"))
        kb = [str(tree / ".venv" / "bin" / "kb"), "--home", f"{folder}/home"]
        kb += ["--config", str(tree / "configs" / "demo.toml")]

        def took(*command: str) -> float:
            return _processor_seconds(tree, ["env", f"KB_MODELS__FOLDER={MODELS}", *kb, *command])

        yield "ingest of the demo", took("ingest", str(docs))
        yield "ingest without a change", took("ingest", str(docs))
        (docs / "more.txt").write_text("The fire drill of the depot is on the first Monday.\n")
        yield "ingest of one new file", took("ingest", str(docs))
        yield "status", took("status")
        yield "search", took("search", _QUESTION)


def _processor_seconds(tree: Path, command: Sequence[str]) -> float:
    """Raises SystemExit where the command fails, with what it said."""
    counted = [sys.executable, str(REPOSITORY / "tests" / "bench" / "processor.py"), *command]
    done = subprocess.run(counted, cwd=tree, capture_output=True, text=True, check=False)
    found = _SPENT.search(done.stdout)
    if not found:
        raise SystemExit(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return float(found[1])


def _python(tree: Path) -> str:
    return str(tree / ".venv" / "bin" / "python")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
