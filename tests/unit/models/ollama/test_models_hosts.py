"""The address of a model server, as people write it."""

from __future__ import annotations

import pytest

from kb.errors import UsageError
from kb.models.ollama.hosts import normalise_host


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("localhost:8080", "http://localhost:8080"),
        (":11500", "http://127.0.0.1:11500"),
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:9999", "http://127.0.0.1:9999"),
        ("[::]:9999", "http://[::1]:9999"),
        ("::1", "http://[::1]:11434"),
        ("[fe80::1]:11434", "http://[fe80::1]:11434"),
        ("http://gpu.lan", "http://gpu.lan:80"),
        ("https://gpu.lan", "https://gpu.lan:443"),
        ("https://gpu.lan:1/ollama/", "https://gpu.lan:1/ollama"),
        (' "10.0.0.5:11434" ', "http://10.0.0.5:11434"),
    ],
)
def test_every_form_of_ollama_host_is_understood(written: str, meant: str) -> None:
    assert normalise_host(written) == meant


@pytest.mark.parametrize("written", ["ftp://x", "host:port", "host:99999", "a b", "u:p@host"])
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(UsageError) as raised:
        normalise_host(written)
    assert "127.0.0.1:11434" in raised.value.hint
