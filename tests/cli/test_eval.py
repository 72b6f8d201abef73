"""`kb eval` on the command line: its gates, its files, what it says of a mistake. The models are
the demo's; no question here needs the chat model."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from kb import config
from kb.answering.refusal import Threshold
from kb.evaluation.metrics import METRICS
from kb.pipelines.calibrate import store_calibration
from kb.session import wiring
from kb.wording import Wording
from tests.commands import REPOSITORY, Kb
from tests.contract.test_rerank import stub_scores, stub_server
from tests.homes import copied
from tests.meanwhile import ended

QUESTIONS = (
    {
        "id": "phone",
        "question": "张飞的电话号码是多少？",
        "answers": ["u987438274"],
        "source": "a.txt",
        "answerable": True,
    },
    {
        "id": "pump",
        "question": "How heavy is the X200 pump?",
        "answers": ["187 kg"],
        "source": "b.txt",
        "answerable": True,
        "draft": True,
    },
    {"id": "nobody", "question": "刘备的电话号码是多少？", "answers": [], "answerable": False},
)


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    folder = tmp_path_factory.mktemp("eval")
    docs = folder / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("张飞的电话号码是u987438274。", encoding="utf-8")
    (docs / "b.txt").write_text("The X200 pump weighs 187 kg.", encoding="utf-8")
    made = Kb(folder / "home", models_folder, keeps_models=True)
    assert made("ingest", str(docs)).code == 0
    return made


@pytest.fixture
def questions(tmp_path: Path) -> str:
    return str(written(tmp_path / "questions.jsonl", QUESTIONS))


def written(path: Path, rows: tuple[dict[str, object], ...]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def only(questions: str, name: str) -> str:
    rows = tuple(row for row in QUESTIONS if row["id"] == name)
    return str(written(Path(questions), rows))


def test_the_json_holds_every_metric_and_what_was_measured(kb: Kb, questions: str) -> None:
    done = kb("eval", questions, "--retrieval-only", "--json")
    assert done.code == 0
    assert set(done.json) == {
        *("questions", "asked", "metrics", "intervals", "failed_gates", "groups"),
        *("refused_by", "outcomes", "wrong"),
    }
    assert set(done.json["metrics"]) == {*METRICS}
    assert (done.json["questions"], done.json["metrics"]["recall@1"]) == (3, 1.0)
    assert done.json["metrics"]["accuracy"] is None
    assert set(done.json["groups"]["language"]) == {"zh", "en"}
    assert "1 of 3 questions are drafts" in done.err


def test_people_are_shown_a_table(kb: Kb, questions: str) -> None:
    done = kb("eval", questions, "--retrieval-only")
    assert done.code == 0
    [line] = [line for line in done.out.splitlines() if line.startswith("recall@1 ")]
    assert line.split()[:2] == ["recall@1", "1.000"]
    assert "evaluate: 3/3 questions" in done.err


def test_a_refusal_before_the_model_is_measured_through_the_whole_pipeline(
    kb: Kb, questions: str
) -> None:
    done = kb("eval", only(questions, "nobody"), "--min", "refusal_recall=1", "--json")
    assert done.code == 0
    assert done.json["refused_by"] == {"missing-term": {"right": 1, "wrong": 0}}
    assert done.json["metrics"]["refusal_recall_before_model"] == 1.0


def test_a_failed_gate_is_exit_10_and_named(kb: Kb, questions: str) -> None:
    gates = ("--min", "recall@5=1", "--max", "p50_retrieve_seconds=0")
    done = kb("eval", questions, "--retrieval-only", *gates, "--json")
    assert done.code == 10
    [failed] = done.json["failed_gates"]
    assert (failed["metric"], failed["bound"]) == ("p50_retrieve_seconds", 0.0)
    assert "1 of 2 quality gates failed [gate-failed]" in done.err
    assert "p50_retrieve_seconds <= 0" in done.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--min", "recal=1"], "recall@5"),
        (["--min", "recall@5"], "not a gate"),
        (["--retrieval-only", "--min", "accuracy=1"], "retrieval alone"),
        (["--compare", "/nowhere.json"], "not a saved run"),
        (["--calibrate", "--generate", "2"], "cannot be combined with"),
        (["--calibrate", "--report", "x.html"], "cannot be combined with"),
        (["--wording", "10"], "--wording needs --calibrate"),
        (["--verdict", "10"], "--verdict needs --calibrate"),
        (["--limit", "0"], "--limit"),
        (["--calibrate"], "too few"),
    ],
)
def test_wrong_usage_is_exit_2(
    kb: Kb, questions: str, arguments: list[str], complaint: str
) -> None:
    done = kb("eval", questions, *arguments)
    assert (done.code, done.out) == (2, "")
    assert complaint in done.err
    assert "Traceback" not in done.err


def test_a_bad_line_is_exit_2_with_its_number(kb: Kb, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"id": "a", "question": "?", "answerable": false}\nnonsense\n')
    done = kb("eval", str(file))
    assert done.code == 2
    assert f"line 2 of {file}" in done.err


def test_an_empty_collection_is_exit_4(kb: Kb, questions: str) -> None:
    done = Kb(kb.home / "none", kb.models_folder)("eval", questions, "--retrieval-only")
    assert done.code == 4


def test_a_run_is_kept_compared_and_reported(kb: Kb, questions: str, tmp_path: Path) -> None:
    kept, page = str(tmp_path / "run.json"), tmp_path / "report.html"
    assert kb("eval", questions, "--retrieval-only", "--save", kept).code == 0
    again = ("eval", questions, "--retrieval-only", "--compare", kept, "--report", str(page))
    done = kb(*again, "--json")
    assert done.code == 0
    found = done.json["comparison"]
    assert (found["questions"], found["better"], found["worse"]) == (3, [], [])
    assert found["metrics"]["recall@1"]["difference"] == 0.0
    ElementTree.fromstring(page.read_text(encoding="utf-8"))
    assert "compared on 3 questions" in kb(*again).out


def test_what_a_reranker_gains_is_printed_beside_what_it_was_without_it(
    kb: Kb, questions: str, tmp_path: Path
) -> None:
    def worst_first(body: dict[str, Any]) -> tuple[int, object]:
        code, found = stub_scores(body)
        assert isinstance(found, dict)
        for row in found["results"]:
            row["relevance_score"] *= -1
        return code, found

    with stub_server(worst_first) as (host, asked):
        ranked = replace(kb, variables={"KB_MODELS__RERANK": "s", "KB_MODELS__RERANK_HOST": host})
        page = tmp_path / "report.html"
        done = ranked("eval", questions, "--retrieval-only", "--json", "--report", str(page))
        shown = ranked("eval", questions, "--retrieval-only")
    assert (done.code, shown.code) == (0, 0)
    rerank = done.json["rerank"]
    assert rerank["model"] == "s"
    assert (rerank["without"]["recall@1"], rerank["with"]["recall@1"]) == (1.0, 0.0)
    assert (rerank["without"]["mrr"], rerank["with"]["mrr"]) == (1.0, 0.5)
    assert rerank["difference"]["recall@1"] == -1.0
    assert rerank["intervals"]["recall@1"] == [-1.0, -1.0]
    assert done.json["metrics"]["recall@1"] == 0.0, "what is in force is what is measured"
    assert len(asked) == 2 * len(QUESTIONS)
    assert "<h2>Reranking</h2>" in page.read_text(encoding="utf-8")
    _, after = shown.out.split("retrieval without and with the reranker s\n")
    [line] = [line for line in after.splitlines() if line.startswith("recall@1 ")]
    assert line.split()[1:4] == ["1.000", "0.000", "-1.000"]


def test_a_sample_and_a_filter_narrow_what_is_asked(kb: Kb, questions: str) -> None:
    few = kb("eval", questions, "--retrieval-only", "--limit", "1", "--seed", "3", "--json")
    assert few.json["questions"] == 1
    done = kb("eval", questions, "--retrieval-only", "--where", "path=b.txt", "--json")
    assert done.json["wrong"] == ["phone"]


def test_the_wording_is_that_of_the_models_profile_until_one_is_calibrated(
    kb: Kb, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    copied(kb.home, home)
    settings = config.load(
        file=REPOSITORY / "configs" / "demo.toml",
        home=home,
        flags={"models.folder": str(kb.models_folder)},
        environ={},
    )

    def in_force() -> Wording:
        with wiring.ask_tools(settings) as tools:
            return tools.wording

    assert in_force() is Wording.EXTRACTIVE
    with wiring.collection(settings).reader() as live:
        made = live.manifest.fingerprint
    assert made is not None
    other = {"another-model:7b": Wording.WAY_OUT}
    store_calibration(wiring.collection(settings), Threshold(0.1, 0.1), made.digest, other)
    assert in_force() is Wording.EXTRACTIVE
    own = {settings.models.chat: Wording.WAY_OUT}
    store_calibration(wiring.collection(settings), Threshold(0.1, 0.1), made.digest, own)
    assert in_force() is Wording.WAY_OUT


def test_an_interrupted_run_shows_what_was_done_and_is_exit_130(kb: Kb, tmp_path: Path) -> None:
    many = tuple({**QUESTIONS[2], "id": str(number)} for number in range(20_000))
    file = written(tmp_path / "many.jsonl", many)
    started = subprocess.Popen(
        kb.command("eval", str(file), "--retrieval-only", "--json"),
        env=kb.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with ended(started) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("evaluate:"):
                break
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    found = json.loads(out)
    assert 0 < found["questions"] < found["asked"] == 20_000
    assert f"interrupted after {found['questions']} of 20000 questions" in err


def test_drafts_never_overwrite_a_file(kb: Kb, questions: str) -> None:
    before = Path(questions).read_bytes()
    done = kb("eval", "--generate", "2", questions)
    assert done.code == 2
    assert "already exists" in done.err
    assert Path(questions).read_bytes() == before


def test_where_nothing_can_be_drafted_no_file_is_left(kb: Kb, tmp_path: Path) -> None:
    # Both documents are shorter than what is worth asking for.
    done = kb("eval", "--generate", "2", str(tmp_path / "drafts.jsonl"))
    assert done.code == 4
    assert "no question could be drafted" in done.err
    assert not (tmp_path / "drafts.jsonl").exists()
