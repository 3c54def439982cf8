"""Servers on loopback that tests talk to: on ports nobody else can take, and gone when the block ends, however it does.

No wait is without an end, and no thread keeps the run alive: what fails is told, and nothing hangs.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

SECONDS = 60
"""For what takes a moment on a machine that is not busy with something else."""
Authenticator = Callable[..., AuthResult]


@contextmanager
def http_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve until the block ends; the address, without a path."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(SECONDS)


@dataclass
class Receiver:
    """A receiver of notices.

    Attributes:
        url: where to post them.
        posted: what was posted, with the headers it came with.
        answers: statuses that are still to be given; 200 after them.
    """

    url: str = ""
    posted: list[tuple[Message, dict[str, Any]]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def notices(self) -> list[dict[str, Any]]:
        """What was posted."""
        return [notice for _, notice in self.posted]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Receive notices until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        timeout = SECONDS

        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.posted.append((self.headers, content))
            self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            return

    with http_server(Handler) as address:
        receiver.url = f"{address}/hook"
        yield receiver


@dataclass
class Mailbox:
    """A mail server's mails.

    Attributes:
        port: where it listens.
        mails: what arrived.
        refused: addresses that nothing is taken for.
    """

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content))
        return "250 OK"


class _MailServer(Controller):
    """A server on a socket of its own, bound before anybody else can have the port."""

    def __init__(self, box: Mailbox, **settings: Any) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        box.port = self._listening.getsockname()[1]
        super().__init__(box, hostname="127.0.0.1", port=box.port, ready_timeout=SECONDS, **settings)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listening, ssl=self.ssl_context)

    def stop(self, no_assert: bool = False) -> None:
        # the library's own waits for the thread without an end
        if self._thread is not None and self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.cancel_tasks)
            self._thread.join(SECONDS)
        self._listening.close()


@contextmanager
def mail_server(
    box: Mailbox,
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    authenticator: Authenticator | None = None,
) -> Iterator[Mailbox]:
    """Receive mails until the block ends.

    Args:
        box: where they go.
        tls: for encryption from the first byte.
        starttls: for encryption that is demanded of a client.
        authenticator: who may log in.
    """
    settings: dict[str, Any] = {"authenticator": authenticator} if authenticator is not None else {}
    if tls is not None:
        # aiosmtpd knows of no encryption but STARTTLS: one that demands it for a login has none from the first byte
        settings |= {"ssl_context": tls, "auth_require_tls": False}
    if starttls is not None:
        settings |= {"tls_context": starttls, "require_starttls": True, "auth_required": True}
    server = _MailServer(box, **settings)
    try:
        server.start()
        yield box
    finally:
        server.stop()
