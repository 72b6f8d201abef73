"""What the doctor says of the configuration, and where it would send anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kb.config import Value
from kb.doctor.findings import Status
from tests.unit.doctor.samples import check, checks, context_of


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_the_configuration_counts_what_was_set(home: Path) -> None:
    assert check(context_of(home), "configuration").detail.startswith("3 of ")


# --- destinations ---------------------------------------------------------------------


def test_with_the_engines_in_the_process_there_is_no_destination(home: Path) -> None:
    assert check(context_of(home), "destinations").detail == "everything runs in this process"


def test_a_server_on_this_machine_or_in_the_allow_list_is_well(home: Path) -> None:
    context = context_of(
        home,
        models__engine="ollama",
        models__host=["10.0.0.5", "localhost"],
        store__engine="server",
        store__url="http://vectors.lan",
        egress__allow=["10.0.0.5:11434", "vectors.lan:6333"],
    )
    found = check(context, "destinations")
    assert found.status is Status.OK
    assert "store.url vectors.lan:6333" in found.detail
    assert check(context, "allow-list").status is Status.OK


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({"models.engine": "ollama", "models.host": ["10.0.0.5"]}, "10.0.0.5:11434"),
        ({"models.rerank": "bge", "models.rerank_host": "10.0.0.6:8080"}, "10.0.0.6:8080"),
        ({"store.engine": "server", "store.url": "http://10.0.0.7:6333"}, "10.0.0.7:6333"),
    ],
)
def test_a_destination_that_is_not_allowed_is_a_failure_with_the_line_to_write(
    home: Path, keys: Mapping[str, Value], named: str
) -> None:
    [found] = checks(context_of(home, keys), "destinations")
    assert (found.status, found.exit_code) == (Status.FAILED, 9)
    assert f'allow = ["{named}"] in [egress]' in found.fix


@pytest.mark.parametrize(
    "keys",
    [
        {"models.engine": "ollama", "models.host": ["ftp://x"]},
        {"store.engine": "server", "store.url": "http://127.0.0.1:port"},
    ],
)
def test_what_is_no_address_is_a_failure_of_the_configuration(
    home: Path, keys: Mapping[str, Value]
) -> None:
    [found] = checks(context_of(home, keys), "destinations")
    assert (found.status, found.exit_code) == (Status.FAILED, 2)


# --- the allow list -------------------------------------------------------------------


def test_an_empty_allow_list_is_well(home: Path) -> None:
    assert "nothing but loopback" in check(context_of(home), "allow-list").detail


def test_a_public_address_and_one_that_nothing_uses_are_warnings(home: Path) -> None:
    context = context_of(home, egress__allow=["8.8.8.8:443", "10.0.0.5:11434"])
    public, unused = checks(context, "allow-list")
    assert {public.status, unused.status} == {Status.WARNING}
    assert "public address" in public.detail
    assert 'remove "10.0.0.5:11434" from' in unused.fix


# --- proxies --------------------------------------------------------------------------


def test_proxies_of_the_environment_are_named_and_said_to_be_ignored(home: Path) -> None:
    assert check(context_of(home), "proxies").status is Status.OK
    context = context_of(
        home, environ={"HTTP_PROXY": "http://proxy:3128", "https_proxy": "http://p"}
    )
    found = check(context, "proxies")
    assert found.status is Status.WARNING
    assert "HTTP_PROXY, https_proxy in the environment: kb does not ask a proxy" in found.detail
    assert "unset HTTP_PROXY https_proxy" in found.fix


def test_a_proxy_is_a_failure_where_a_server_is_elsewhere(home: Path) -> None:
    context = context_of(
        home,
        {"models.engine": "ollama", "models.host": ["10.0.0.5:11434"]},
        environ={"HTTP_PROXY": "http://proxy:3128"},
    )
    found = check(context, "proxies")
    assert (found.status, found.exit_code) == (Status.FAILED, 9)
    assert "10.0.0.5:11434" in found.detail
