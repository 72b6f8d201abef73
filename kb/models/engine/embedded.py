"""The embedded engine: the models behind the endpoints of kb/models/engine/transport.py.

A model is loaded by the first request that needs it and stays until another context length is
asked for, it is used for something else (embedding or answering), it is unloaded, or the engine
is closed. Requests to one model wait for each other, and so do requests to models that answer:
of these one is loaded at a time, however many there are, and makes room for the next. Embedding
and answering run side by side.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from kb.memory import give_back
from kb.models.engine.gguf import Header, read_header
from kb.models.engine.store import ModelStore, StoredModel, weights_digest

if TYPE_CHECKING:
    from kb.models.engine.llama import Llama, Loading

log = logging.getLogger(__name__)

DEFAULT_NUM_CTX = 4096
"""What Ollama takes where a request names none, on machines without a large GPU."""

_BUSY_SECONDS = 0.5
"""How long closing waits for a call that is under way."""

_EMBEDDING_SLOTS = 4
"""Texts that share a micro-batch. For 40 Chinese characters a text, four slots cost 40 % less
computing than one; for 350, 4 % less; eight gained nothing more (multilingual-e5-small)."""


class ThinkStyle(StrEnum):
    """How a model is made to think, or not to.

    llama.cpp cannot run Ollama's Go templates: a prompt is made with the GGUF's own template,
    and the thought is opened or closed by what the beginning of the answer is set to.

    NONE      it cannot: neither its own template nor Ollama's mentions thinking.
    SWITCH    its template has a switch, `enable_thinking` (Qwen3 and later).
    OPENS     its template always opens the thought (newer DeepSeek-R1): not to think is to
              begin the answer with the closing tag.
    WRITES    the model writes the tag itself (DeepSeek-R1 as Ollama packs it, and any model
              whose Ollama template has `.Think`): to think is to begin the answer with `<think>`,
              not to think is to begin it with an empty thought, as Ollama's template does.
    """

    NONE = "none"
    SWITCH = "switch"
    OPENS = "opens"
    WRITES = "writes"


@dataclass(frozen=True, slots=True)
class Facts:
    """A stored model with what its header says."""

    stored: StoredModel
    header: Header

    @property
    def digest(self) -> str:
        """The sha256 of the weights. Reads the whole file where it was never read before."""
        return weights_digest(self.stored)

    @property
    def opens_thought(self) -> bool:
        """Whether the model's own template ends a prompt within a thought."""
        opening = self.header.chat_template.rpartition("add_generation_prompt")[2]
        return opening.count("<think>") > opening.count("</think>")

    @property
    def think_style(self) -> ThinkStyle:
        template = self.header.chat_template
        if "enable_thinking" in template:
            return ThinkStyle.SWITCH
        if self.opens_thought:
            return ThinkStyle.OPENS
        if "think>" in template or ".Think" in self.stored.template:
            return ThinkStyle.WRITES
        return ThinkStyle.NONE

    @property
    def capabilities(self) -> list[str]:
        """In Ollama's words. Tools and images are not offered by this engine."""
        if self.header.embeds:
            return ["embedding"]
        thinks = self.think_style is not ThinkStyle.NONE
        return ["completion", "thinking"] if thinks else ["completion"]

    def num_ctx(self, wanted: int) -> int:
        """The context a model is given: what was asked for, at most what it was made for."""
        own = self.header.context_length or wanted
        return max(1, min(wanted, own))


@dataclass
class _Slot:
    """One model's place in the engine. The lock is held while a request uses the model."""

    facts: Facts
    lock: threading.Lock = field(default_factory=threading.Lock)
    llama: Llama | None = None
    used: float = 0.0

    def free(self) -> None:
        """Free the model's memory; the lock is held by the caller."""
        if self.llama is not None:
            self.llama.close()
            self.llama = None
            give_back()  # of an embedding model 145 MB, which would stay with the process
            log.debug("unloaded %s", self.facts.stored.name)


@dataclass(frozen=True, slots=True)
class Running:
    """A loaded model, and the seconds since the epoch when it was last used."""

    facts: Facts
    num_ctx: int
    used: float


class EmbeddedEngine:
    """Finds, loads, lends and unloads models. Any thread may call it."""

    def __init__(self, store: ModelStore) -> None:
        self.store = store
        self._slots: dict[tuple[str, Path], _Slot] = {}
        self._lock = threading.Lock()
        self._answering = threading.Lock()
        """Held while a model answers."""

    def facts(self, name: str) -> Facts | None:
        """The model of this name, None where there is none. Raises ModelError."""
        stored = self.store.find(name)
        return self._slot(stored).facts if stored else None

    def all_facts(self) -> list[Facts]:
        """Every model that can be read."""
        return [self._slot(stored).facts for stored in self.store.models()]

    @contextmanager
    def lend(self, facts: Facts, *, embedding: bool, num_ctx: int) -> Iterator[tuple[Llama, float]]:
        """The model, loaded as wanted, and the seconds that loading took; 0 where it was there.

        Raises:
            ModelError: it cannot be loaded.
        """
        slot = self._slot(facts.stored)
        loading = _loading(facts, embedding=embedding, num_ctx=num_ctx)
        alone = nullcontext() if embedding else self._alone(slot)
        with alone, slot.lock:
            seconds = 0.0
            if slot.llama is None or slot.llama.loading != loading:
                slot.free()
                slot.llama = _load(facts.stored.weights, loading)
                seconds = slot.llama.load_seconds
            slot.used = time.time()
            yield slot.llama, seconds

    @contextmanager
    def _alone(self, slot: _Slot) -> Iterator[None]:
        """While this model answers no other one does, and none is loaded for it: each takes as
        much memory as its file, and people may choose among several."""
        with self._answering:
            for other in [*self._slots.values()]:
                llama = other.llama
                if other is not slot and llama is not None and not llama.loading.embedding:
                    with other.lock:
                        other.free()
            yield

    def has(self, facts: Facts, num_ctx: int) -> bool:
        """Whether this model is loaded to answer within this context."""
        llama = self._slot(facts.stored).llama
        return llama is not None and llama.loading == _loading(
            facts, embedding=False, num_ctx=num_ctx
        )

    def unload(self, facts: Facts) -> None:
        """Free a model's memory once no request uses it."""
        slot = self._slot(facts.stored)
        with slot.lock:
            slot.free()

    def running(self) -> list[Running]:
        """What is loaded, last used first."""
        found = []
        for slot in [*self._slots.values()]:
            llama = slot.llama
            if llama is not None:
                found.append(Running(slot.facts, llama.loading.num_ctx, slot.used))
        return sorted(found, key=lambda model: -model.used)

    def halt(self) -> None:
        """Break off the answers that are being written; see Llama.halt."""
        for slot in [*self._slots.values()]:
            if llama := slot.llama:
                llama.halt()

    def close(self) -> None:
        """Unload everything but a model that stays busy, which ends with the process."""
        for slot in [*self._slots.values()]:
            if slot.lock.acquire(timeout=_BUSY_SECONDS):
                try:
                    slot.free()
                finally:
                    slot.lock.release()

    def _slot(self, stored: StoredModel) -> _Slot:
        key = (stored.name.lower(), stored.weights)
        with self._lock:
            slot = self._slots.get(key)
            if slot is not None and slot.facts.stored == stored:
                return slot
            fresh = self._slots[key] = _Slot(Facts(stored, read_header(stored.weights)))
        if slot is not None:  # the file was replaced since
            with slot.lock:
                slot.free()
        return fresh


def _loading(facts: Facts, *, embedding: bool, num_ctx: int) -> Loading:
    from kb.models.engine.llama import Loading

    return Loading(
        embedding=embedding,
        num_ctx=facts.num_ctx(num_ctx),
        pooled=facts.header.embeds,
        slots=_EMBEDDING_SLOTS if embedding else 1,
    )


def _load(weights: Path, loading: Loading) -> Llama:
    from kb.models.engine.llama import Llama

    return Llama(weights, loading)
