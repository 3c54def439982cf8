"""The channels that notices are sent by: a mail server, an HTTP receiver.

Either is given the identity of the notice: a receiver that sees the same one twice has been sent it twice, because the
sender stopped between the answer and its receipt, and may drop the second.
"""

from __future__ import annotations

import json
import os
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from http.client import HTTPException
from typing import Any, NoReturn, Protocol
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from orchestration.errors import ConfigurationError
from orchestration.notices.settings import Notifications, Smtp, Webhook, is_address, refuse_url
from orchestration.reports.wording import harmless

TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Message:
    """A notice ready to be sent.

    Attributes:
        key: its identity, the same at each attempt.
        reader: whom it is for.
        subject: one line.
        markdown: the page as text.
        html: the page.
        facts: what a program wants to know of it.
    """

    key: str
    reader: str
    subject: str
    markdown: str
    html: str
    facts: dict[str, Any]


class Channel(Protocol):
    """Something that notices can be sent by."""

    name: str

    def check(self, readers: list[str]) -> None:
        """Raise ``ConfigurationError`` when these readers cannot be reached, before anything is sent."""

    def send(self, message: Message) -> str:
        """Send a notice, and return what the receiver answered; ``ConfigurationError`` when it was not accepted."""


def channels(settings: Notifications) -> list[Channel]:
    """Return the channels of an estate."""
    found: list[Channel] = []
    if settings.smtp is not None:
        found.append(Mail(settings.smtp, settings.recipients))
    if settings.webhook is not None:
        found.append(Hook(settings.webhook))
    return found


class Mail:
    """Notices by mail: text and HTML, one message to each reader."""

    name = "smtp"

    def __init__(self, settings: Smtp, recipients: dict[str, str]) -> None:
        self._settings = settings
        self._recipients = recipients

    def check(self, readers: list[str]) -> None:
        """Refuse readers without an address, and secrets that are not there."""
        unknown = [harmless(reader) for reader in readers if not is_address(self._address(reader))]
        if unknown:
            raise ConfigurationError(
                "notifications.recipients",
                found=f"no mail address for {', '.join(unknown)}",
                expected="an address for each owner in cost_domains.csv whose name is none",
                cure="Add `recipients:` to the estate file's `notifications:`, owner: address.",
            )
        self._credentials()

    def send(self, message: Message) -> str:
        """Send one mail; the server's acceptance is the answer."""
        settings = self._settings
        mail = EmailMessage()
        mail["Message-ID"] = f"<{message.key}@{settings.sender.rpartition('@')[2]}>"
        mail["Date"] = formatdate()
        mail["From"] = settings.sender
        mail["To"] = self._address(message.reader)
        mail["Subject"] = harmless(message.subject)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Tieout-Notice"] = message.key
        mail.set_content(message.markdown)
        mail.add_alternative(message.html, subtype="html")
        try:
            with self._connected() as server:
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            _refused("notifications.smtp", f"{settings.host}:{settings.port}", error)
        return "accepted"

    def _address(self, reader: str) -> str:
        return self._recipients.get(reader, reader)

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        credentials = self._credentials()
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
        try:
            if settings.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if credentials:
                server.login(*credentials)
        except BaseException:
            server.close()
            raise
        return server

    def _credentials(self) -> tuple[str, str] | None:
        user, password = self._settings.username_variable, self._settings.password_variable
        if user is None or password is None:
            return None
        return (
            _secret("notifications.smtp.username_variable", user),
            _secret("notifications.smtp.password_variable", password),
        )


class Hook:
    """Notices by HTTP: one POST of JSON for each."""

    name = "webhook"

    def __init__(self, settings: Webhook) -> None:
        self._settings = settings

    def check(self, readers: list[str]) -> None:
        """Refuse secrets that are not there, or an address that cannot be used."""
        self._url()
        self._headers()

    def send(self, message: Message) -> str:
        """Post one notice; any answer of 200 to 299 accepts it."""
        content = {
            **message.facts,
            "notice": message.key,
            "reader": message.reader,
            "subject": message.subject,
            "markdown": message.markdown,
            "html": message.html,
        }
        request = Request(  # noqa: S310 - https, or this machine: checked in settings
            self._url(),
            data=json.dumps(content, ensure_ascii=False).encode(),
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Idempotency-Key": message.key,
                **self._headers(),
            },
            method="POST",
        )
        place = "the receiver" if self._settings.url is None else self._settings.url
        try:
            with build_opener(_NoRedirects).open(request, timeout=TIMEOUT_SECONDS) as answer:
                return f"HTTP {answer.status}"
        except HTTPError as error:
            error.close()
            _refused("notifications.webhook", place, f"HTTP {error.code}")
        except (OSError, HTTPException) as error:
            _refused("notifications.webhook", place, type(error).__name__)

    def _url(self) -> str:
        if self._settings.url is not None:
            return self._settings.url
        where, variable = "notifications.webhook.url_variable", self._settings.url_variable or ""
        try:
            return refuse_url(_secret(where, variable))
        except ValueError as error:
            raise ConfigurationError(
                where,
                found=f"an address in {variable} that cannot be used",
                expected=str(error),
                cure=f"Correct the environment variable {variable}.",
            ) from None

    def _headers(self) -> dict[str, str]:
        variable = self._settings.token_variable
        if variable is None:
            return {}
        return {"Authorization": f"Bearer {_secret('notifications.webhook.token_variable', variable)}"}


class _NoRedirects(HTTPRedirectHandler):
    """A notice goes where the estate says, and its token nowhere else."""

    def redirect_request(self, *arguments: Any, **options: Any) -> None:
        """Let the answer be the error that it is."""
        return


def _secret(where: str, variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value or not value.isprintable():
        raise ConfigurationError(
            where,
            found=f"no usable value in the environment variable {variable}",
            expected="the secret, in one line",
            cure=f"Set {variable} where Tieout runs.",
        )
    return value


def _refused(where: str, place: str, reason: object) -> NoReturn:
    raise ConfigurationError(
        where,
        found=f"a notice that {place} did not accept ({harmless(str(reason))})",
        expected="a receiver that accepts it",
        cure="Correct the channel or wait for the receiver, then run again: what was accepted is not sent twice.",
    )
