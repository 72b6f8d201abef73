"""What is learnt of a chat model from its answers: how fast it reads, and how many tokens a text
has where its tokenizer is out of reach.

Neither Ollama nor xllamacpp (2026.10) offers to count tokens; both say afterwards how many they
read. The figures lie in one small file, since the first answer is already planned with them.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from kb import atomic
from kb.statefile import read_json, typed

log = logging.getLogger(__name__)

READING_SPEED = 34.0
"""Prompt tokens a second of a 1.5B model on two cores, until another speed is measured."""

_MARGIN = 1.1
_LEAST_RATIO, _MOST_RATIO = 0.3, 3.0
_HIGHEST_SPEED = 1e6
_LARGEST = 1 << 20
"""Bytes of the file that are read."""
_LEAST_TOKENS = 200
"""A shorter prompt tells nothing of the speed: the first batch is not yet under way."""


@dataclass(frozen=True, slots=True)
class Measured:
    """`tokens_per_estimate`: tokens for each one that was estimated, with a margin of a tenth."""

    tokens_per_second: float = READING_SPEED
    tokens_per_estimate: float = 1.0


class Gauge:
    """What is known of one model. Without a file it is known for this process only.

    The share of tokens follows upwards at once and downwards slowly: one text that is cheap
    must not make the next one too long. The speed follows by a third, and never to more than
    double at a time, for a prompt that the engine had in its cache seems to be read in no time.
    """

    def __init__(self, model: str = "", file: Path | None = None) -> None:
        self._model = model
        self._file = file
        self._measured = Measured()
        if file is not None:
            self._measured = _read(file).get(model, self._measured)

    @property
    def measured(self) -> Measured:
        return self._measured

    def apart(self) -> Gauge:
        """What is known now, in a gauge that keeps what it learns to itself."""
        copy = Gauge(self._model)
        copy._measured = self._measured
        return copy

    def tokens(self, estimate: Callable[[str], int]) -> Callable[[str], int]:
        """An estimate of a text's tokens, brought to what this model counts."""
        ratio = self._measured.tokens_per_estimate
        return lambda text: math.ceil(estimate(text) * ratio)

    def learn(self, *, estimated: int, tokens: int, seconds: float) -> None:
        """After an answer: its prompt's estimate, and what the engine says of it."""
        if estimated <= 0 or tokens <= 0:
            return
        before = self._measured
        ratio = tokens / estimated * _MARGIN
        ratio = max(ratio, 0.8 * before.tokens_per_estimate + 0.2 * ratio)
        speed = before.tokens_per_second
        if seconds > 0 and tokens >= _LEAST_TOKENS:
            speed += (min(tokens / seconds, 2 * speed) - speed) / 3
        self._measured = Measured(
            round(speed, 2), round(min(max(ratio, _LEAST_RATIO), _MOST_RATIO), 3)
        )
        if self._file is not None and self._measured != before:
            _write(self._file, self._model, self._measured)


def _read(file: Path) -> dict[str, Measured]:
    """A file that is not there, or not ours, is the same as nothing measured."""
    try:
        found = read_json(file, _LARGEST)
        if not isinstance(found, dict):
            raise ValueError("it is no object")
        each = {name: typed(Measured, one) for name, one in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read, the models are measured again: %s", file, error)
        return {}
    return {
        name: one
        for name, one in each.items()
        if 0 < one.tokens_per_second < _HIGHEST_SPEED
        and _LEAST_RATIO <= one.tokens_per_estimate <= _MOST_RATIO
    }


def _write(file: Path, model: str, measured: Measured) -> None:
    """Whole or not at all. Who may not write measures again next time."""
    known = {**_read(file), model: measured}
    text = json.dumps({name: asdict(it) for name, it in sorted(known.items())}, indent=1)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic.keep_owner(file.parent)
        atomic.replace_text(file, text + "\n", fsync=False, fsync_folder=False, mode=0o600)
        atomic.keep_owner(file)
    except OSError as error:
        log.info("%s cannot be written: %s", file, error)
