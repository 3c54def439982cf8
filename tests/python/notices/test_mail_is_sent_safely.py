"""Mail over TLS, by STARTTLS or from the first byte, and with a login; against real servers on loopback."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from orchestration.errors import ConfigurationError
from orchestration.notices.channels import Message, channels
from orchestration.notices.settings import Notifications

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


class Mailbox:
    """What arrived, and who had logged in."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.users: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.subjects.append(str(message_from_bytes(envelope.content)["Subject"]))
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        is_known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"tieout", PASSWORD.encode())
        if is_known:
            self.users.append(data.login.decode())
        return AuthResult(success=is_known, handled=True)


@contextmanager
def _server(box: Mailbox, security: str, certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    # aiosmtpd knows of no encryption but STARTTLS: a server that demands it for a login has none from the first byte
    by_security: dict[str, dict[str, Any]] = {
        "tls": {"ssl_context": context, "auth_require_tls": False},
        "starttls": {"tls_context": context, "require_starttls": True, "auth_required": True},
    }
    controller = Controller(
        box, hostname="127.0.0.1", port=port, authenticator=box.authenticate, **by_security[security]
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


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
    box = Mailbox()
    login(PASSWORD)
    with _server(box, security, certificate) as port:
        assert _send(port, security) == "accepted"
    assert (box.subjects, box.users) == (["Rules change"], ["tieout"])


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_wrong_password_sends_nothing_and_is_not_told(
    security: str, certificate: Path, login: Callable[[str], None]
) -> None:
    box = Mailbox()
    login("wrong-secret")
    with _server(box, security, certificate) as port, pytest.raises(ConfigurationError) as refused:
        _send(port, security)
    assert box.subjects == []
    assert "notifications.smtp" in str(refused.value)
    assert "wrong-secret" not in str(refused.value)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_notice(
    security: str, certificate: Path, login: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Mailbox()
    login(PASSWORD)
    monkeypatch.delenv("SSL_CERT_FILE")
    with _server(box, security, certificate) as port, pytest.raises(ConfigurationError, match="certificate"):
        _send(port, security)
    assert (box.subjects, box.users) == ([], [])
