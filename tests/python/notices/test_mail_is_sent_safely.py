"""Mail over TLS, by STARTTLS or from the first byte, and with a login; against real servers on loopback."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from orchestration.errors import ConfigurationError
from orchestration.notices.channels import Message, channels
from orchestration.notices.settings import Notifications
from tests.python.servers import Mailbox, mail_server

NAME = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "127.0.0.1")])
PASSWORD = "not-for-logs"  # noqa: S105 - of a server that this test starts
NOTICE = Message(
    key="n-1", reader="ann@example.com", subject="Rules change", markdown="One rule", html="<p>One rule</p>", facts={}
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for this machine, in one file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "server.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


class Guarded(Mailbox):
    """A mailbox that lets in who knows the password."""

    def __init__(self) -> None:
        super().__init__()
        self.users: list[str] = []

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        is_known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"tieout", PASSWORD.encode())
        if is_known:
            self.users.append(data.login.decode())
        return AuthResult(success=is_known, handled=False)  # the server says so, with 535


@contextmanager
def _server(box: Guarded, security: str, certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with mail_server(box, **{security: context}, authenticator=box.authenticate):
        yield box.port


def _send(port: int, security: str) -> str:
    smtp = {
        "host": "127.0.0.1",
        "port": port,
        "security": security,
        "sender": "tieout@example.com",
        "username_variable": "MAIL_USER",
        "password_variable": "MAIL_PASSWORD",
    }
    (mail,) = channels(Notifications.model_validate({"smtp": smtp}))
    return mail.send(NOTICE)


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> Callable[[str], None]:
    """Return what puts a password into the environment, where the server's certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("MAIL_USER", "tieout")
    return lambda password: monkeypatch.setenv("MAIL_PASSWORD", password)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_notice_goes_by_an_encrypted_connection_with_a_login(
    security: str, certificate: Path, login: Callable[[str], None]
) -> None:
    box = Guarded()
    login(PASSWORD)
    with _server(box, security, certificate) as port:
        assert _send(port, security) == "accepted"
    assert (box.subjects, box.users) == (["Rules change"], ["tieout"])


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_wrong_password_sends_nothing_and_is_not_told(
    security: str, certificate: Path, login: Callable[[str], None]
) -> None:
    box = Guarded()
    login("wrong-secret")
    with _server(box, security, certificate) as port, pytest.raises(ConfigurationError) as refused:
        _send(port, security)
    assert box.subjects == []
    assert "notifications.smtp" in str(refused.value)
    assert "535" in str(refused.value), "the server's own word, not a wait for one that never comes"
    assert "wrong-secret" not in str(refused.value)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_notice(
    security: str, certificate: Path, login: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Guarded()
    login(PASSWORD)
    monkeypatch.delenv("SSL_CERT_FILE")
    with _server(box, security, certificate) as port, pytest.raises(ConfigurationError, match="certificate"):
        _send(port, security)
    assert (box.subjects, box.users) == ([], [])
