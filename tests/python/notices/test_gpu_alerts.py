"""Alerts of idle GPUs: whom they reach, once each however a window grows; by real servers on loopback."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.notices.alerts import AlertReceipt, send_alerts
from orchestration.notices.gpu_idle import gpu_idle_alerts
from orchestration.notices.settings import Notifications
from orchestration.policy import load_policy
from orchestration.policy.model import Policy
from orchestration.publishing import Publication
from orchestration.publishing.table import Column, Table
from tests.python.servers import Mailbox, Receiver

FINANCE = "finance@example.com"
COLUMNS = {
    **dict.fromkeys(("resource_key", "resource", "cluster", "node", "gpu_model", "gpu_names"), "VARCHAR"),
    **dict.fromkeys(("rule_id", "domain_id", "pool_id", "billing_currency"), "VARCHAR"),
    **dict.fromkeys(("window_start", "window_end"), "TIMESTAMP"),
    **dict.fromkeys(("hours", "effective_cost", "alert_above"), "DECIMAL(38,12)"),
    "is_above_alert": "BOOLEAN",
}


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "cost_domains.csv").write_text(
        "domain_id,business_unit,cost_centre,product,environment,owner,chargeback_mode,valid_from,valid_to\n"
        "ml-prod,R&D,CC-1,ml,prod,ann@example.com,showback,2026-01-01,9999-12-31\n"
    )
    (folder / "gpu_idle.csv").write_text(
        "rule_id,precedence,utilisation_below,minimum_hours,alert_above,rationale,owner,approved_by,valid_from,valid_to\n"
        "night,10,0.05,3,10,why,platform@example.com,cfo,2026-01-01,9999-12-31\n"
    )
    return load_policy(folder)


def window(**cells: object) -> dict[str, Any]:
    return {
        "resource_key": "i-0a",
        "resource": "i-0a",
        "gpu_names": "gpu-1",
        "rule_id": "night",
        "domain_id": "ml-prod",
        "billing_currency": "USD",
        "window_start": datetime(2026, 10, 5, 20),
        "window_end": datetime(2026, 10, 6, 6),
        "hours": Decimal(10),
        "effective_cost": Decimal("12.345"),
        "alert_above": Decimal(10),
        "is_above_alert": True,
        **cells,
    }


def publication(folder: Path, *rows: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Publication:
    folder.mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"create table t ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
        for row in rows:
            marks = ", ".join("?" * len(COLUMNS))
            connection.execute(f"insert into t values ({marks})", [row.get(name) for name in COLUMNS])
        connection.execute(f"copy t to '{folder / 'idle.parquet'}' (format parquet)")
    columns = tuple(Column(name, kind) for name, kind in COLUMNS.items())
    monkeypatch.setattr(
        Publication, "tables", lambda self: [Table("rpt_gpu_idle", "", columns, files=("idle.parquet",))]
    )
    return Publication("2026-10", 1, folder)


def by_both(receiver: Receiver, mailbox: Mailbox) -> Notifications:
    """Return settings by which everybody is told by a post and by mail."""
    mail = {"host": "127.0.0.1", "port": mailbox.port, "security": "none", "sender": "tieout@example.com"}
    return Notifications.model_validate({"webhook": {"url": receiver.url}, "smtp": mail, "finance": [FINANCE]})


def test_owner_and_finance_are_told_once_however_the_window_grows(
    tmp_path: Path, policy: Policy, receiver: Receiver, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, settings = Home.of(tmp_path / "home"), by_both(receiver, mailbox)
    first = publication(tmp_path / "1", window(), window(is_above_alert=False, rule_id="x"), monkeypatch=monkeypatch)

    (alert,) = gpu_idle_alerts(first, policy)
    receipts = send_alerts(home, settings, [alert])

    assert alert.subject == "Idle GPUs of i-0a: 12.35 USD in 2026-10"
    assert [notice["reader"] for notice in receiver.notices] == ["ann@example.com", FINANCE]
    assert receiver.notices[0]["effective_cost"] == {"USD": "12.345000000000"}
    assert "gpu-1" in receiver.notices[0]["markdown"]
    assert [(mail["To"], mail["Subject"]) for mail in mailbox.mails] == [
        ("ann@example.com", alert.subject),
        (FINANCE, alert.subject),
    ]
    assert "gpu-1" in str(next(part for part in mailbox.mails[0].walk() if part.get_content_type() == "text/plain"))
    headers = [posted["Idempotency-Key"] for posted, _ in receiver.posted]
    identities = {*headers, *(mail["X-Tieout-Notice"] for mail in mailbox.mails)}
    assert identities == {receipt.notice for receipt in receipts}
    assert {(receipt.channel, receipt.answer) for receipt in receipts} == {
        ("webhook", "HTTP 200"),
        ("smtp", "accepted"),
    }
    written = sorted((home.notices / "alerts").iterdir())
    assert [AlertReceipt.model_validate_json(file.read_bytes()).kind for file in written] == ["gpu_idle"] * 4

    grown = window(window_end=datetime(2026, 10, 6, 9), effective_cost=Decimal(16), gpu_names="gpu-1, gpu-2")
    later = window(window_start=datetime(2026, 10, 7, 20), window_end=datetime(2026, 10, 8, 6))
    second = publication(tmp_path / "2", grown, later, monkeypatch=monkeypatch)
    assert [receipt.about[1] for receipt in send_alerts(home, settings, gpu_idle_alerts(second, policy))] == [
        "2026-10-07T20:00Z"
    ] * 4
    assert (len(receiver.posted), len(mailbox.mails)) == (4, 4)
    assert send_alerts(home, settings, gpu_idle_alerts(second, policy)) == ()
    assert send_alerts(home, None, gpu_idle_alerts(second, policy)) == ()
    assert (len(receiver.posted), len(mailbox.mails)) == (4, 4)


def test_what_nobody_owns_is_told_to_who_answers_for_the_rule(
    tmp_path: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = publication(tmp_path / "1", window(domain_id="unallocated"), monkeypatch=monkeypatch)

    assert [alert.readers for alert in gpu_idle_alerts(published, policy)] == [("platform@example.com",)]


def test_a_receiver_that_fails_keeps_nobody_else_from_being_told_and_is_told_later(
    tmp_path: Path, policy: Policy, receiver: Receiver, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, settings = Home.of(tmp_path / "home"), by_both(receiver, mailbox)
    found = gpu_idle_alerts(publication(tmp_path / "1", window(), monkeypatch=monkeypatch), policy)
    receiver.answers.append(500)
    mailbox.refused = {FINANCE}

    with pytest.raises(ConfigurationError, match="2 of 4 alerts were not accepted"):
        send_alerts(home, settings, found)
    assert [notice["reader"] for notice in receiver.notices] == ["ann@example.com", FINANCE]
    assert [mail["To"] for mail in mailbox.mails] == ["ann@example.com"]

    mailbox.refused = set()
    again = {receipt.notice for receipt in send_alerts(home, settings, found)}
    assert again == {found[0].key("ann@example.com", "webhook"), found[0].key(FINANCE, "smtp")}
    assert receiver.notices[0]["notice"] == receiver.notices[2]["notice"], "the same notice, under the same identity"
    assert send_alerts(home, settings, found) == ()
