"""unstructured, whose only importer this is. It parses HTML, and through HTML what pandoc
reads: ODT, RTF, EPUB, Org and reStructuredText. The other converters say what it would lose.

It guesses titles from the look of a text and takes any Chinese paragraph for one; only titles that
the format marks up count here. It also telephones home and downloads a language model when it is
first used. `_partition` turns both off, in this one place.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.markup import CAPTION_MARK, table_cells
from kb.types import ElementKind

_KINDS = {
    "ListItem": ElementKind.LIST_ITEM,
    "CodeSnippet": ElementKind.CODE,
}


def load() -> None:
    """Import it: 1.5 seconds."""
    _partition()


def add_html(builder: Builder, page: str) -> None:
    """A page's elements as ours."""
    # An empty language switches the detection off, which costs more than the parsing.
    for element in _partition()(text=page, languages=[""]):
        name = type(element).__name__
        meta = element.metadata
        text = str(element.text or "")
        depth = getattr(meta, "category_depth", None)
        if name == "Title" and depth is not None and not text.startswith(CAPTION_MARK):
            builder.heading(text, depth + 1)
        elif name == "Table" and getattr(meta, "text_as_html", None):
            builder.rows(table_cells(meta.text_as_html))
        elif text.startswith(CAPTION_MARK):
            builder.caption(text.removeprefix(CAPTION_MARK))
        elif name != "PageBreak":
            kind = _KINDS.get(name, ElementKind.PARAGRAPH)
            level = (depth or 0) + 1 if kind is ElementKind.LIST_ITEM else 0
            builder.add(kind, text, level=level)


@functools.cache
def _partition() -> Callable[..., list[Any]]:
    """`partition_html`, with telemetry, advertisement and downloads off."""
    os.environ.update(
        DO_NOT_TRACK="true", SCARF_NO_ANALYTICS="true", UNSTRUCTURED_DISABLE_NOTICE="1"
    )
    tokenize: Any = importlib.import_module("unstructured.nlp.tokenize")
    # An AttributeError here means that upstream moved the download: it must not go unseen.
    assert callable(tokenize._load_spacy_model)
    tokenize._load_spacy_model = _sentence_finder
    parser: Any = importlib.import_module("unstructured.partition.html.parser")
    assert callable(parser.derive_element_type_from_text)
    parser.derive_element_type_from_text = functools.partial(
        _kind, parser.is_bulleted_text, parser.ListItem, parser.Text
    )
    module: Any = importlib.import_module("unstructured.partition.html")
    partition: Callable[..., list[Any]] = module.partition_html
    return partition


def _kind(is_bulleted: Callable[[str], bool], item: Any, other: Any, text: str) -> Any:
    """What a text is whose tag does not tell. unstructured drops a text of one character, be it
    the number that was asked for, and looks for sentences and addresses, which nobody here asks."""
    if is_bulleted(text):
        return item
    return other if len(text) > 1 or text.isalnum() else None


def _sentence_finder() -> Any:
    """What stands in for the English model: sentence ends, no parts of speech."""
    spacy = importlib.import_module("spacy")
    pipeline = spacy.blank("xx")
    pipeline.add_pipe("sentencizer", config={"punct_chars": list("。！？；.!?;")})
    return pipeline
