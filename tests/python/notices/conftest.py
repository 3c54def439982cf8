"""Real servers on loopback: one that takes mail, one that takes posts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.python.servers import Mailbox, Receiver, mail_server, receiving


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server(Mailbox()) as box:
        yield box


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found
