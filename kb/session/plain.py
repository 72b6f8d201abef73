"""An answer as plain text with its sources, for clients that show text and nothing else."""

from __future__ import annotations

from kb.text.language import Language, language
from kb.types import Answer, Citation, Progress

_HEADS = {Language.ZH: "来源", Language.EN: "Sources"}


def sources_text(answer: Answer) -> str:
    """The answer's sources as a list, "" where it names none.

    >>> from kb.session.plain import sources_text
    >>> sources_text(session.ask("张飞的电话号码", top_k=1).answer()).splitlines()[0]
    '来源:'
    """
    if not answer.citations:
        return ""
    lines = [f"[{one.n}] {_place(one)}: {' '.join(one.quote.split())}" for one in answer.citations]
    return "\n".join([f"{_HEADS[language(answer.question)]}:", *lines])


def text_with_sources(answer: Answer) -> str:
    """The answer, a warning about what no passage holds, and its sources.

    >>> from kb.session.plain import text_with_sources
    >>> "刘备" in text_with_sources(session.ask("刘备的电话号码").answer())
    True
    """
    return "\n\n".join(part for part in (answer.text, footer(answer)) if part)


def progress_text(progress: Progress) -> str:
    """What the model does before its first word.

    >>> from kb.session import Progress
    >>> from kb.session.plain import progress_text
    >>> progress_text(Progress("reading", 640, 1200, "tokens"))
    'reading 640 of 1,200 tokens'
    """
    if progress.total:
        return f"{progress.stage} {progress.done:,.0f} of {progress.total:,.0f} {progress.unit}"
    return "loading the model" if progress.stage == "loading" else progress.stage


def footer(answer: Answer) -> str:
    """What stands below an answer's text: what no passage holds, and the sources."""
    parts = []
    if answer.unsupported:
        parts.append(f"⚠ {_warning(answer)}: {', '.join(answer.unsupported)}")
    if sources := sources_text(answer):
        parts.append(sources)
    return "\n\n".join(parts)


def _warning(answer: Answer) -> str:
    if language(answer.question) is Language.ZH:
        return "以下内容在资料中没有依据"
    return "no passage holds this"


def _place(citation: Citation) -> str:
    parts = [citation.source]
    if citation.page is not None:
        parts.append(f"page {citation.page}")
    if citation.line is not None:
        parts.append(f"line {citation.line}")
    if citation.section:
        parts.append(citation.section)
    return ", ".join(parts)
