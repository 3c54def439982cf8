"""Who is told of idle GPUs: the owners of windows that cost more than the policy lets pass, once for each window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb

from orchestration.notices.alerts import Alert
from orchestration.policy import Policy
from orchestration.policy.cells import same
from orchestration.policy.tables import Row
from orchestration.publishing import Publication
from orchestration.reports import Column, Document, Section, Table

TABLE = "rpt_gpu_idle"
_COLUMNS = (
    Column("GPUs"),
    Column("Idle from", "date"),
    Column("until", "date"),
    Column("Hours", "number"),
    Column("Owner"),
    Column("Effective cost", "amount"),
    Column("Currency"),
)


def gpu_idle_alerts(published: Publication, policy: Policy) -> list[Alert]:
    """Return the alerts of a publication: one for each resource, rule and begin of a window above the rule's limit."""
    table = next((table for table in published.tables() if table.name == TABLE), None)
    if table is None or not table.files:
        return []
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select * from ({table.query(published.folder)}) where is_above_alert "  # noqa: S608
            "order by resource_key, window_start, rule_id, gpu_names, domain_id, pool_id, billing_currency"
        )
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    windows: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        windows[row["resource_key"], f"{row['window_start']:%Y-%m-%dT%H:00Z}", row["rule_id"]].append(row)
    return [_alert(published.billing_period, about, rows, policy) for about, rows in windows.items()]


def _alert(billing_period: str, about: tuple[str, str, str], rows: list[dict[str, Any]], policy: Policy) -> Alert:
    first = rows[0]
    costs: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        costs[str(row["billing_currency"])] += row["effective_cost"]
    told = ", ".join(f"{_cents(cost):,} {currency}" for currency, cost in sorted(costs.items()))
    page = Document(
        title=f"Idle GPUs of {first['resource']}",
        subtitle=f"They cost {told} in {billing_period} while nothing used them.",
        facts=(
            ("Resource", first["resource"]),
            ("Cluster", first["cluster"]),
            ("Node", first["node"]),
            ("GPU model", first["gpu_model"]),
            ("Rule", first["rule_id"]),
            ("Told above", first["alert_above"]),
        ),
        sections=(
            Section(
                "What idled",
                tables=(
                    Table(
                        "Windows, in UTC, and what their hours in the billing period cost",
                        _COLUMNS,
                        tuple(
                            (
                                row["gpu_names"],
                                row["window_start"],
                                row["window_end"],
                                row["hours"].normalize(),
                                row["domain_id"] or row["pool_id"],
                                _cents(row["effective_cost"]),
                                row["billing_currency"],
                            )
                            for row in rows
                        ),
                    ),
                ),
            ),
        ),
        provenance="The published table rpt_gpu_idle has every window and digit. This is told once, however long the "
        "window grows.",
    )
    return Alert(
        kind="gpu_idle",
        about=about,
        readers=tuple(dict.fromkeys(_readers(rows, policy))),
        subject=f"Idle GPUs of {first['resource']}: {told} in {billing_period}",
        page=page,
        facts={
            "billing_period": billing_period,
            "resource": first["resource"],
            "window_start": about[1],
            "rule_id": first["rule_id"],
            "effective_cost": {currency: str(cost) for currency, cost in sorted(costs.items())},
        },
    )


def _readers(rows: Iterable[Mapping[str, Any]], policy: Policy) -> Iterator[str]:
    """Yield who owns the domain, else the pool, else the rule."""
    for row in rows:
        day = row["window_start"].date()
        for table, name in (("cost_domains", "domain_id"), ("pools", "pool_id"), ("gpu_idle", "rule_id")):
            owner = _owner(policy.rows[table], row[name], day)
            if owner:
                yield owner
                break


def _owner(rows: Iterable[Row], name: str | None, day: Any) -> str | None:
    named = [row for row in rows if name is not None and row.identity[0] == same(name)]
    standing = [row for row in named if row.in_force(day)] or named
    return str(standing[0].model_dump()["owner"]) if standing else None


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
