"""Every setting: a field of its section, with its default, its meaning and its limits.

This is the one place that describes a setting. `configs/default.toml` and
`docs/configuration.md` are made from it by `make docs`, and a test says when they are stale.
To add a setting, add a field here and run `make docs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import cast

from kb.config.described import Description, setting
from kb.config.serve import Serve


@dataclass(frozen=True, slots=True)
class Models:
    """The model engine, and which models it runs."""

    engine: str = setting(
        "auto",
        "`ollama`: a server in Ollama's protocol. `embedded`: llama.cpp inside this process. "
        "`auto`: the Ollama server where one answers at `host`, else embedded; the run says which. "
        "`openai`: servers of OpenAI's protocol at `host` (llama.cpp's own, vLLM, LM Studio).",
        choices=("auto", "ollama", "openai", "embedded"),
    )
    host: list[str] = setting(
        ["http://127.0.0.1:11434"],
        "Address of the Ollama server, or a list of addresses: what is embedded is spread over all "
        "that answer, each by its speed; questions are answered by the first. The variable "
        "`OLLAMA_HOST` replaces the default.",
    )
    busy_seconds: float = setting(
        60.0, "A server that is busy is asked again for so many seconds.", least=0
    )
    embedding: str = setting("bge-m3", "The embedding model, by its name in Ollama.")
    chat: str = setting("deepseek-r1:7b", "The model that answers, by its name in Ollama.")
    rerank: str = setting("", "A reranking model; empty for none.", page="retrieval.md")
    rerank_host: str = setting(
        "",
        "A server with `POST /rerank`, as host:port or URL; empty runs the reranker's GGUF file "
        "inside this process.",
        page="retrieval.md",
    )
    api_key_file: str = setting(
        "",
        'A file with the key that the servers of `engine = "openai"` want, readable by its owner '
        "alone; each of `host`, and `rerank_host`, is sent it. Empty for none.",
        page="clients.md",
    )
    folder: str = setting(
        "",
        "Folder with GGUF files for the embedded engine: `qwen2.5-coder:1.5b` is the file "
        "`qwen2.5-coder-1.5b.gguf`. Models that Ollama pulled earlier are found as well "
        "(`OLLAMA_MODELS`).",
        unset="`models` in the platform's data folder of kb",
    )


@dataclass(frozen=True, slots=True)
class Store:
    """Where the vectors are kept."""

    engine: str = setting(
        "edge",
        "`edge`: Qdrant's engine inside this process. `server`: a Qdrant server or cluster at "
        "`url`.",
        choices=("edge", "server"),
    )
    url: str = setting("http://127.0.0.1:6333", "Address of the Qdrant server.")
    other_urls: list[str] = setting(
        [],
        "Other nodes of the same cluster, asked where `url` cannot be reached.",
        page="qdrant.md",
    )
    api_key_file: str = setting(
        "", "A file with the server's API key, readable by its owner alone; empty for none."
    )
    ca_file: str = setting(
        "",
        "A file with the certificates (PEM) of your own CA, where the server has https. The "
        "system's are trusted as well, or those that `SSL_CERT_FILE` names.",
        page="qdrant.md",
    )
    shards: int = setting(
        0,
        "Into how many shards a collection is split on a cluster; 0 is the server's own default. "
        "This and the four below count when a collection is made, not later.",
        least=0,
        page="qdrant.md",
    )
    replicas: int = setting(
        1, "On how many nodes each shard lies; with 2, one node may fail.", least=1
    )
    written_to: int = setting(
        1, "How many of the replicas must have a change before a run goes on.", least=1
    )
    on_disk: bool = setting(
        False, "Keep the whole vectors on the server's disk, and only their copies in memory."
    )
    quantisation: str = setting(
        "int8",
        "`int8`: a copy of each vector in a quarter of the bytes, which large collections are "
        "scanned by. `none`: whole vectors alone.",
        choices=("int8", "none"),
        page="qdrant.md",
    )


@dataclass(frozen=True, slots=True)
class Ingest:
    """Reading documents, and how long to wait for an engine that died."""

    workers: int = setting(
        0, "Processes that read documents; 0 is one less than the machine has cores.", least=0
    )
    seconds_per_file: int = setting(
        300, "A file that takes longer is listed as failed; the others are indexed.", least=1
    )
    megabytes_per_file: int = setting(
        2048, "A file that needs more memory is listed as failed; the others are indexed.", least=64
    )
    patience_seconds: float = setting(
        60.0,
        "An engine that dies is asked again, with growing pauses, for so many seconds. Then the "
        "run commits the documents that are complete, and ends with exit code 8.",
        least=0,
    )


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """How documents are split. After a change, the next run reads every document again."""

    tokens: int = setting(
        384,
        "The most a chunk may have, in tokens of the embedding model, estimated with a reserve "
        "(some 350 Chinese or 1,200 English characters).",
        least=32,
    )
    overlap_sentences: int = setting(
        1, "Sentences that a chunk shares with the one before it.", least=0
    )
    table_rows: int = setting(
        3000,
        "A table of so many rows or more is embedded as a description (columns, ranges, values), "
        "not row by row; its rows are found by words and identifiers. 0 embeds every row.",
        least=0,
    )


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Finding passages."""

    top_k: int = setting(5, "How many passages are found and given to the model.", least=1)
    mode: str = setting(
        "hybrid",
        "`hybrid`: dense vectors and BM25. `dense` or `sparse`: one of the two alone.",
        choices=("hybrid", "dense", "sparse"),
        page="retrieval.md",
    )
    versions: list[str] = setting(
        [],
        "Documents that replace each other and are not recognised, or in the wrong order: paths "
        "(globs) with ` > ` between them, the one in force first: "
        "`rules/leave.docx > archive/leave-*.docx`. `kb sources` shows what is recognised.",
        page="retrieval.md",
    )
    not_versions: list[str] = setting(
        [],
        "Paths (globs) of documents that are taken for versions of others and are none.",
        page="retrieval.md",
    )


@dataclass(frozen=True, slots=True)
class TableSettings:
    """Tables in documents: `kb sql`, and questions over them."""

    seconds: float = setting(
        10.0, "A SELECT of `kb sql` is broken off after so many seconds.", least=0.1
    )
    rows: int = setting(10_000, "How many rows `kb sql` gives at most.", least=1)
    choose_plans: bool = setting(
        False,
        "Where a question over tables may mean several things, the chat model chooses one, and "
        "the answer is marked. Off, as small models choose wrongly about as often as rightly: "
        "then such a question is answered from passages.",
        page="tables.md",
    )


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """The prompt and the answer."""

    think: bool = setting(
        False,
        "Let a reasoning model think before it answers: slower, and better on questions that "
        "need it.",
    )
    num_ctx: int = setting(
        4096,
        "Tokens of the model's context, prompt and answer together. Sent with every request; "
        "a passage that does not fit is left out completely.",
        least=512,
    )
    max_tokens: int = setting(512, "The longest answer, in tokens.", least=16)
    first_word_seconds: float = setting(
        0.0,
        "Limits the passages by the time that the model takes to read them, in seconds, at the "
        "speed measured on this machine (34 tokens a second at first); 0 is no limit.",
        least=0,
    )
    verdict: str = setting(
        "refuse",
        "Before it answers, the model is asked which passage states the answer. `refuse`: where "
        "it says none, nothing is answered. `flag`: the answer is marked. `off`: it is not asked.",
        choices=("refuse", "flag", "off"),
        page="retrieval.md",
    )
    strict: bool = setting(
        False,
        "Withhold an answer with a number or identifier that no passage holds, and show the "
        "passages.",
    )


@dataclass(frozen=True, slots=True)
class Egress:
    """What may be reached over a network."""

    allow: list[str] = setting(
        [],
        "Destinations besides loopback that may be reached, as host:port: private addresses, or "
        "names that resolve to such. A name is resolved once a run.",
    )
    allow_public: bool = setting(
        False,
        "Public addresses may be among them: documents and questions may leave your network.",
    )
    sandbox: str = setting(
        "auto",
        "The sandbox in the kernel (Landlock, seccomp). `auto`: all that this kernel offers. "
        "`require`: do not run (exit code 9) without all of it, as `--require-sandbox` does. "
        "`off`: only to look for a fault.",
        choices=("auto", "require", "off"),
        page="../SECURITY.md",
    )


@dataclass(frozen=True, slots=True)
class Bundle:
    """Signed bundles for machines without a network."""

    trusted_keys: list[str] = setting(
        [],
        "Public keys, besides this home's own, whose bundles are trusted: each a line "
        "`ssh-ed25519 AAAA…`, a fingerprint `SHA256:…`, or the path of a `.pub` file.",
        page="bundle.md",
    )


@dataclass(frozen=True, slots=True)
class Report:
    """What `kb reindex` reports of each run."""

    summary_file: str = setting(
        "",
        "Where the summary of each run is written, as JSON; empty for nowhere.",
        page="unattended.md",
    )
    metrics_file: str = setting(
        "",
        "Where metrics for node_exporter's textfile collector are written (name it `*.prom`); "
        "empty for nowhere.",
        page="unattended.md",
    )
    on_failure: list[str] = setting(
        [],
        "A program and its arguments, run without a shell when the exit code is not 0, with the "
        "summary on its standard input; ended after 60 seconds. In the environment, commas "
        "separate the arguments.",
        page="unattended.md",
    )


@dataclass(frozen=True, slots=True)
class Log:
    """What is written to standard error."""

    format: str = setting(
        "text",
        "`text` for people, `json` for one object a line. The option is `--log-format`.",
        choices=("text", "json"),
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Every section, and for each key where its value came from: `default`, the file's
    name, `environment` or `flag`. `collection` may name several, with commas between them."""

    models: Models
    store: Store
    ingest: Ingest
    chunk: ChunkSettings
    retrieval: Retrieval
    tables: TableSettings
    answer: AnswerSettings
    egress: Egress
    bundle: Bundle
    serve: Serve
    report: Report
    log: Log
    home: Path
    collection: str
    origins: Mapping[str, str]

    @property
    def collections(self) -> tuple[str, ...]:
        """The names in `collection`, each once; at least one."""
        return tuple(dict.fromkeys(name.strip() for name in self.collection.split(",")))

    @property
    def state(self) -> Path:
        """Where commands note what they learn for themselves. A folder of its own, so that the
        sandbox can keep the home folder itself, where `config.toml` lies, from being written."""
        return self.home / "state"


SECTIONS: Mapping[str, type] = {
    "models": Models,
    "store": Store,
    "ingest": Ingest,
    "chunk": ChunkSettings,
    "retrieval": Retrieval,
    "tables": TableSettings,
    "answer": AnswerSettings,
    "egress": Egress,
    "bundle": Bundle,
    "serve": Serve,
    "report": Report,
    "log": Log,
}


def _descriptions() -> dict[str, Description]:
    return {
        f"{name}.{item.name}": cast(Description, item.metadata["description"])
        for name, kind in SECTIONS.items()
        for item in fields(kind)
    }


DESCRIPTIONS: Mapping[str, Description] = _descriptions()
"""Of every key, `section.name`, in the order of the file."""
