"""The estate file's ``notifications:``: by which channels, and to whom. It names secrets, and holds none."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[A-Za-z0-9.-]+")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

Variable = Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]*$")]
"""The name of an environment variable that holds a secret."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def is_address(text: str) -> bool:
    """Whether a text is the address of one mailbox, and nothing besides."""
    return _ADDRESS.fullmatch(text) is not None


def refuse_url(url: str) -> str:
    """Return an address that notices may be posted to.

    Raises:
        ValueError: it is none, it would carry them unencrypted, or it holds a password.
    """
    parts = urlsplit(url)
    is_here = parts.hostname in _LOOPBACK
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("an https:// address is expected")
    if parts.scheme == "http" and not is_here:
        raise ValueError("https:// is expected: http:// carries figures unencrypted, and is for this machine only")
    if parts.username or parts.password:
        raise ValueError("an address without a password is expected; name its variable in token_variable")
    return url


class Smtp(_Strict):
    """A mail server.

    Attributes:
        host: its name.
        port: its port.
        security: ``starttls`` or ``tls``; ``none`` only without a password, or on this machine.
        sender: address that notices come from.
        username_variable: environment variable with the user's name.
        password_variable: environment variable with the password.
    """

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str
    username_variable: Variable | None = None
    password_variable: Variable | None = None

    @field_validator("sender")
    @classmethod
    def _sender_is_an_address(cls, sender: str) -> str:
        if not is_address(sender):
            raise ValueError("an address such as tieout@example.com is expected")
        return sender

    @model_validator(mode="after")
    def _secrets_are_carried_safely(self) -> Smtp:
        if (self.username_variable is None) != (self.password_variable is None):
            raise ValueError("username_variable and password_variable are expected together")
        if self.password_variable and self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError("security starttls or tls is expected with a password")
        return self


class Webhook(_Strict):
    """An HTTP receiver.

    Attributes:
        url: where notices are posted to; or
        url_variable: environment variable with that address, when the address itself is a secret.
        token_variable: environment variable with the token that is sent as ``Authorization: Bearer``.
    """

    url: str | None = None
    url_variable: Variable | None = None
    token_variable: Variable | None = None

    @field_validator("url")
    @classmethod
    def _url_is_safe(cls, url: str | None) -> str | None:
        return refuse_url(url) if url is not None else None

    @model_validator(mode="after")
    def _there_is_one_address(self) -> Webhook:
        if (self.url is None) == (self.url_variable is None):
            raise ValueError("either url or url_variable is expected")
        return self


class Notifications(_Strict):
    """How owners are told of changed rules.

    Attributes:
        smtp: by mail.
        webhook: by HTTP.
        recipients: owner as ``cost_domains.csv`` names them → mail address, for owners whose name is none.
        finance: addresses that get every notice in full, whatever it moves.
    """

    smtp: Smtp | None = None
    webhook: Webhook | None = None
    recipients: dict[str, str] = {}
    finance: tuple[str, ...] = ()

    @field_validator("recipients")
    @classmethod
    def _recipients_have_addresses(cls, recipients: dict[str, str]) -> dict[str, str]:
        for owner, address in recipients.items():
            if not is_address(address):
                raise ValueError(f"an address such as owner@example.com is expected for {owner}")
        return recipients

    @field_validator("finance")
    @classmethod
    def _finance_has_addresses(cls, finance: tuple[str, ...]) -> tuple[str, ...]:
        for address in finance:
            if not is_address(address):
                raise ValueError(f"addresses such as finance@example.com are expected, not {address!r}")
        return finance

    @model_validator(mode="after")
    def _there_is_a_channel(self) -> Notifications:
        if self.smtp is None and self.webhook is None:
            raise ValueError("a channel is expected: smtp, webhook, or both")
        return self
