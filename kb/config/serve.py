"""The settings of `kb serve`."""

from __future__ import annotations

from dataclasses import dataclass

from kb.config.described import setting


@dataclass(frozen=True, slots=True)
class Serve:
    """`kb serve`, the HTTP server."""

    host: str = setting(
        "127.0.0.1",
        "The address at which `kb serve` listens. Another address than loopback also needs "
        "`token_file` and `names`.",
        page="serve.md",
    )
    port: int = setting(8642, "The port; 0 is any free one.", least=0)
    models: list[str] = setting(
        [],
        "Names of further chat models that people may choose for a question, besides "
        "`models.chat`, which answers where none is chosen.",
        page="serve.md",
    )
    token_file: str = setting(
        "",
        "A file with the token that requests must carry, at least 32 characters, readable by its "
        "owner alone; empty for a new token at each start, which is printed.",
    )
    names: list[str] = setting(
        [], "Names, besides the address, by which browsers reach it, such as a proxy's."
    )
    identity_header: str = setting(
        "",
        "The header in which a proxy that signs people in names who asks, such as `Remote-User`; "
        "empty for none. It is believed from `trusted_proxies` alone, and names one of `kb users`.",
        page="serve.md",
    )
    trusted_proxies: list[str] = setting(
        [],
        "Addresses of proxies whose `identity_header` is believed. On loopback every account of "
        "the machine can be the proxy.",
        page="serve.md",
    )
    history_days: int = setting(
        90,
        "A conversation without a new turn for so many days is deleted; 0 keeps none.",
        least=0,
        page="serve.md",
    )
    upload_mb: int = setting(
        100,
        "The most that a file may have that an editor uploads, in MB; 0 takes none.",
        least=0,
        page="serve.md",
    )
    upload_files: int = setting(
        1000, "How many uploads of one person a collection keeps.", least=1, page="serve.md"
    )
    audit: bool = setting(
        True,
        "Whether who asked when for what collection, and with what outcome, is kept in "
        "`serve/audit.jsonl` of the home folder.",
    )
    embeddings: bool = setting(
        False, "Whether texts of clients are embedded, at `/v1/embeddings`.", page="serve.md"
    )
    client_kib: int = setting(
        1024,
        "What a chat program may send at once, with its whole history, through OpenAI's and "
        "Ollama's protocols, in KiB; the last 200 messages are read.",
        least=64,
        page="clients.md",
    )
    client_prompt: int = setting(
        500,
        "So many characters of a chat program's own system prompt are handed to the model, as a "
        "wish about tone and form; 0: none.",
        least=0,
        page="clients.md",
    )
    audit_text: bool = setting(False, "Whether questions are kept there, too.")
