"""Which Qdrant server is asked, and whose certificate is trusted. The servers are stubs."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kb.config.settings import Store
from kb.errors import StoreUnavailable, UsageError
from kb.index.qdrant_server.connection import Connection, connect
from tests.unit.index.qdrant_stub import OK, stub_qdrant


@pytest.fixture
def own_ca(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that no system trusts, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the house's own CA")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "ca.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def tls(own_ca: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_ca)
    return context


@pytest.fixture
def nobody() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


def ask(connection: Connection) -> bool:
    return connection.call("kb-x", lambda client: client.collection_exists("kb-x"))


def test_a_certificate_of_ones_own_ca_is_trusted_where_it_is_named(
    own_ca: Path, tls: ssl.SSLContext
) -> None:
    with stub_qdrant(OK, tls=tls) as (url, _):
        assert ask(connect(Store(url=url, ca_file=str(own_ca))))


def test_the_environments_certificates_are_trusted(
    own_ca: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(own_ca))
    with stub_qdrant(OK, tls=tls) as (url, _):
        assert ask(connect(Store(url=url)))


def test_a_certificate_that_nobody_vouches_for_is_named_as_the_trouble(
    tls: ssl.SSLContext,
) -> None:
    with stub_qdrant(OK, tls=tls) as (url, asked):
        with pytest.raises(StoreUnavailable, match="certificate") as raised:
            ask(connect(Store(url=url)))
        assert asked == []
    assert "store.ca_file" in raised.value.hint


def test_https_to_a_server_without_it_says_so() -> None:
    with (
        stub_qdrant(OK) as (url, _),
        pytest.raises(StoreUnavailable, match="TLS") as raised,
    ):
        ask(connect(Store(url=url.replace("http:", "https:"))))
    assert "http://" in raised.value.hint


def test_a_file_that_holds_no_certificate_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing\n")
    for name in ("empty.pem", "nowhere.pem"):
        with pytest.raises(UsageError, match=name):
            connect(Store(url="https://127.0.0.1:1", ca_file=str(tmp_path / name)))


def test_another_node_is_asked_where_the_first_is_down(nobody: str) -> None:
    with stub_qdrant(OK) as (url, asked):
        connection = connect(Store(url=nobody, other_urls=[url]))
        assert ask(connection)
        assert ask(connection)
    assert len(asked) == 2


def test_where_no_node_answers_it_is_said(nobody: str) -> None:
    with pytest.raises(StoreUnavailable, match="does not answer"):
        ask(connect(Store(url=nobody, other_urls=[nobody])))


def test_what_is_no_address_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="address"):
        connect(Store(url="http://127.0.0.1:sixthousand"))
