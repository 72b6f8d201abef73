"""`kb eval`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kb import __version__
from kb.cli import eval_drafts
from kb.cli.app import App, emit, json_option, note, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.cli.options import (
    mode_option,
    strict_option,
    think_option,
    top_k_option,
    where_option,
)
from kb.cli.progress import listening
from kb.errors import Interrupted, KbError, UsageError
from kb.session import parse_where
from kb.types import SearchMode

if TYPE_CHECKING:
    from kb.evaluation.judge import Result
    from kb.evaluation.questions import Question
    from kb.evaluation.runs import RunInfo
    from kb.pipelines.evaluate import Bench, EvaluationJob

_FILE = click.Path(dir_okay=False, path_type=Path)


def _outputs(parameters: Mapping[str, Any]) -> list[Path]:
    writes = parameters["generate"] or parameters["from_feedback"]
    drafts = parameters["file"] if writes else None
    return [file for file in (parameters["report"], parameters["save"], drafts) if file]


@click.command(
    "eval", cls=Command, needs=Needs(models="runs", store=True, feedback=True, outputs=_outputs)
)
@click.argument("file", metavar="QUESTIONS.jsonl", type=_FILE)
@click.option("--retrieval-only", is_flag=True, help="Do not ask the model.")
@click.option(
    "--min", "least", multiple=True, metavar="METRIC=VALUE", help="Exit 10 if it is lower."
)
@click.option(
    "--max", "most", multiple=True, metavar="METRIC=VALUE", help="Exit 10 if it is higher."
)
@click.option("--report", type=_FILE, metavar="FILE", help="Write one HTML file about the run.")
@click.option("--save", type=_FILE, metavar="FILE", help="Keep the run, for --compare.")
@click.option("--compare", type=_FILE, metavar="FILE", help="Compare with a run that was kept.")
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="A random sample of N questions."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the sample.")
@top_k_option
@where_option
@mode_option
@think_option
@strict_option
@click.option("--calibrate", is_flag=True, help="Set the index's refusal threshold instead.")
@click.option(
    "--wording",
    type=click.IntRange(2),
    metavar="N",
    help="With --calibrate: ask N questions in each wording, and choose one.",
)
@click.option(
    "--verdict",
    type=click.IntRange(2),
    metavar="N",
    help="With --calibrate: take the model's verdict on N questions a language.",
)
@click.option("--generate", type=click.IntRange(1), metavar="N", help="Draft N questions instead.")
@click.option("--from-feedback", is_flag=True, help="Draft them from judged answers instead.")
@json_option
@pass_app
def command(
    app: App,
    file: Path,
    retrieval_only: bool,
    least: tuple[str, ...],
    most: tuple[str, ...],
    report: Path | None,
    save: Path | None,
    compare: Path | None,
    limit: int | None,
    seed: int,
    where: tuple[str, ...],
    calibrate: bool,
    wording: int | None,
    verdict: int | None,
    generate: int | None,
    from_feedback: bool,
    as_json: bool,
) -> int:
    """Measure retrieval, answers and refusals with the questions of a file.

    With --generate the file is written: drafts from your own documents, for a person to review;
    with --from-feedback drafts from the answers of kb serve that people judged.
    With --calibrate the questions set the score below which nothing is answered; with --wording
    also how the chat model is asked, and with --verdict how far its verdict before the answer is
    trusted; both take minutes.

    \b
    Example:
      kb eval questions.jsonl --min recall@5=0.95 --max wrong_refusals=0.08 --report report.html
      kb eval --generate 20 drafts.jsonl
    """
    for option, count in (("--wording", wording), ("--verdict", verdict)):
        if count and not calibrate:
            raise UsageError(
                f"{option} needs --calibrate",
                why="it chooses how the chat model is asked from now on, and measures nothing else",
                hint=f"kb eval {file} --calibrate {option} {count}",
            )
    if calibrate or generate or from_feedback:
        measures = (retrieval_only, least, most, report, save, compare, where)
        _check_alone(calibrate, generate, any(measures))
    if from_feedback:
        return eval_drafts.from_feedback(app, file, as_json)
    if generate:
        from kb.session import wiring

        asking = wiring.asking(app.settings)
        with listening(app.quiet) as listen:
            opened = partial(_opener(app), "")
            return eval_drafts.generate(file, generate, seed, opened, asking, listen, as_json)
    from kb.evaluation import gates, runs
    from kb.evaluation.questions import read_questions, sample

    questions = sample(read_questions(file), limit, seed)
    if drafts := sum(question.draft for question in questions):
        note(f"warning: {drafts} of {len(questions)} questions are drafts that nobody reviewed")
    if calibrate:
        return _calibrate(app, questions, wording, verdict, seed, as_json)
    answers = not retrieval_only
    wanted = [gates.parse_gate(text, most=False, answers=answers) for text in least]
    wanted += [gates.parse_gate(text, most=True, answers=answers) for text in most]
    earlier = runs.load(compare) if compare else None
    results, info, stopped = _run(app, questions, str(file), where, answers=answers)
    if stopped and not results:
        raise stopped

    from kb.cli.eval_output import run_fields, show_run
    from kb.evaluation.summary import summarise

    run = runs.Run(info, tuple(results))
    summary = summarise(run)
    failed = gates.failed(wanted, summary.values)
    comparison = runs.compare(earlier, run) if earlier else None
    if save:
        runs.save(run, save)
    if report:
        from kb.evaluation.report import html

        page = html(run, summary, gates=wanted, failed=failed, comparison=comparison)
        runs.write(report, page)
    if as_json:
        emit(run_fields(run, summary, failed, comparison))
    else:
        show_run(run, summary, comparison)
    for path in filter(None, (report, save)):
        note(f"written: {path}")
    if stopped:
        raise stopped
    if failed:
        raise gates.failure(failed, len(wanted))
    return 0


def _check_alone(calibrate: bool, generate: int | None, measures: bool) -> None:
    if (calibrate and generate) or measures:
        raise UsageError(
            f"{'--calibrate' if calibrate else '--generate'} cannot be combined with measuring",
            why="gates, reports and comparisons need the results of a measurement",
            hint="run kb eval twice",
        )


def _run(
    app: App, questions: Sequence[Question], name: str, where: tuple[str, ...], *, answers: bool
) -> tuple[list[Result], RunInfo, KbError | None]:
    """The results so far, and what stopped the run before its end."""
    from kb.pipelines.evaluate import EvaluationJob, evaluate
    from kb.session import wiring

    settings = app.settings
    job = EvaluationJob(
        questions=questions,
        top_k=settings.retrieval.top_k,
        mode=SearchMode(settings.retrieval.mode),
        where=parse_where(where),
        asking=wiring.asking(settings) if answers else None,
    )
    results: list[Result] = []
    facts: list[RunInfo] = []
    stopped: KbError | None = None

    def seen(bench: Bench) -> None:
        facts.append(_info(app, bench, job, name))

    try:
        with (
            listening(app.quiet) as listen,
            closing(evaluate(job, _opener(app, seen), listen)) as going,
        ):
            results.extend(going)
    except KeyboardInterrupt:
        stopped = Interrupted(
            f"interrupted after {len(results)} of {len(questions)} questions",
            why="a signal or Ctrl-C stopped the run",
            hint="the figures are those of the questions so far; --limit asks fewer",
        )
    except KbError as error:
        stopped = error
    if not facts:
        assert stopped is not None, "a run that ends has opened a collection"
        raise stopped
    return results, facts[0], stopped


def _opener(
    app: App, seen: Callable[[Bench], None] = lambda bench: None
) -> Callable[[str], AbstractContextManager[Bench]]:
    from kb.pipelines.evaluate import Bench
    from kb.session import wiring

    @contextmanager
    def opened(name: str) -> Iterator[Bench]:
        settings = app.settings
        chosen = dataclasses.replace(settings, collection=name) if name else settings
        with wiring.ask_tools(chosen) as tools, wiring.collection(chosen).reader() as live:
            bench = Bench(tools, live.catalog)
            seen(bench)
            yield bench

    return opened


def _info(app: App, bench: Bench, job: EvaluationJob, name: str) -> RunInfo:
    from kb.evaluation.runs import RunInfo

    settings, threshold = app.settings, bench.tools.threshold
    collections = {question.collection or settings.collection for question in job.questions}
    return RunInfo(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        questions=Path(name).name,
        collections=tuple(sorted(collections)),
        embedding=bench.tools.embedder.info().name,
        chat=settings.models.chat if job.asking else "",
        engine=bench.tools.engine,
        mode=job.mode.value,
        top_k=job.top_k,
        within=threshold.within if threshold else None,
        across=threshold.across if threshold else None,
        answers=job.asking is not None,
        asked=len(job.questions),
        wording=bench.tools.wording.value if job.asking else "",
        rerank=settings.models.rerank,
    )


def _calibrate(
    app: App,
    questions: Sequence[Question],
    wording: int | None,
    verdict: int | None,
    seed: int,
    as_json: bool,
) -> int:
    from kb.cli.calibration_output import calibration_fields, show_calibration, show_wordings
    from kb.cli.verdict_output import show_verdict, verdict_fields
    from kb.pipelines.calibrate import calibrate, store_calibration
    from kb.pipelines.evaluate import Bench
    from kb.pipelines.verdicts import choose_verdict, kept
    from kb.pipelines.wordings import choose_wording
    from kb.session import wiring

    settings, chat = app.settings, app.settings.models.chat
    wordings, judged = None, None
    mine = [one for one in questions if one.collection in ("", settings.collection)]
    with listening(app.quiet) as listen, _opener(app)("") as bench:
        top_k = settings.retrieval.top_k
        found = calibrate(mine, bench, top_k=top_k, listen=listen)
        model = bench.tools.embedder.info()
        if wording:
            tools = dataclasses.replace(bench.tools, threshold=found.threshold)
            wordings = choose_wording(
                mine,
                Bench(tools, bench.catalog),
                wiring.asking(settings),
                most=wording,
                top_k=top_k,
                seed=seed,
                listen=listen,
            )
        if verdict:
            judged = choose_verdict(
                mine,
                bench,
                wiring.limits(settings),
                most=verdict,
                top_k=top_k,
                seed=seed,
                listen=listen,
            )
    generation = store_calibration(
        wiring.collection(settings),
        found.threshold,
        model.digest,
        {chat: wordings.chosen} if wordings else {},
        kept(chat, judged.rules) if judged else {},
    )
    names = f"{model.name} and {chat}" if wordings or judged else model.name
    if as_json:
        fields = calibration_fields(found, model.name, generation, wordings, chat)
        emit({"calibrate": fields | ({"verdict": verdict_fields(judged, chat)} if judged else {})})
    else:
        show_calibration(found)
        if wordings:
            show_wordings(wordings, chat)
        if judged:
            show_verdict(judged, chat)
        say(f"stored for {names} in generation {generation}; kb rollback undoes it")
    return 0
