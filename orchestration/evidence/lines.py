"""Ledger lines and charges: the smallest figures there are, each worked out again from its rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from orchestration.errors import ConfigurationError
from orchestration.evidence.consumers import consumers_of, foot
from orchestration.evidence.model import Amounts, Claim, ConsumerPart, Division, InvoiceLine, Part, SourceRow
from orchestration.evidence.parts import claims_on, divisions_of, invoices, invoices_of, parts_of
from orchestration.evidence.published import Published


@dataclass(frozen=True)
class LineKey:
    """What tells a ledger line from all others of its period.

    An owner can have two lines for the same day and identity: a part of the pool, and what another part fell back to;
    their reasons differ.
    """

    source_id: str
    charge_date: dt.date
    identity_id: int
    domain_id: str
    reason: str | None

    def __str__(self) -> str:
        """Return it as it is written: SOURCE/DAY/IDENTITY/DOMAIN, and the reason behind a ``#`` if it has one."""
        text = f"{self.source_id}/{self.charge_date}/{self.identity_id}/{self.domain_id}"
        return f"{text}#{self.reason}" if self.reason else text


@dataclass(frozen=True)
class LineExplanation:
    """A ledger line: what was published, and the parts of charges that it is the sum of.

    Attributes:
        divisions: how the pool was divided, once for each hour of a pool that is divided by the hour; none when the
            charges have an owner of their own.
        consumers: whose use the line is, where the driver knows consumers.
        claims: who claimed what was charged, the winner first.
    """

    billing_period: str
    key: LineKey
    rule_id: str | None
    rule_version: int | None
    attribution_method: str
    reason: str | None
    currency: str
    charge_count: int
    published: Amounts
    divisions: tuple[Division, ...]
    consumers: tuple[ConsumerPart, ...]
    claims: tuple[Claim, ...]
    parts: tuple[Part, ...]
    invoices: tuple[InvoiceLine, ...]

    @property
    def foots(self) -> bool:
        """Whether the parts, worked out again from the charges, and the consumers sum to the line to the last digit."""
        recomputed = Amounts.total(part.recomputed for part in self.parts)
        return (
            recomputed == self.published
            and len(self.parts) == self.charge_count
            and foot(self.consumers, self.published)
        )


@dataclass(frozen=True)
class ChargeExplanation:
    """A charge: its row, who claimed it, and the parts that its owners got."""

    billing_period: str
    charge: SourceRow
    claims: tuple[Claim, ...]
    parts: tuple[Part, ...]
    invoices: tuple[InvoiceLine, ...]

    @property
    def foots(self) -> bool:
        """Whether the published parts sum to the charge, and are what its bounds make them."""
        published = Amounts.total(part.published for part in self.parts)
        return published == self.charge.amounts and all(part.published == part.recomputed for part in self.parts)


def find_line(published: Published, text: str) -> LineKey:
    """Return the line written as SOURCE/DAY/IDENTITY/DOMAIN; the reason is needed only where there are two.

    Raises:
        ConfigurationError: it is written otherwise; there is no such line, or more than one.
    """
    try:
        source_id, day, identity_id, rest = text.split("/", 3)
        key = source_id, dt.date.fromisoformat(day), int(identity_id)
    except ValueError:
        raise ConfigurationError(
            "LINE",
            found=repr(text),
            expected="source_id/charge_date/identity_id/domain_id of a row of fct_allocated_costs, such as "
            "aws-main/2026-09-03/2296486360503278775/cc-1010.shop.prod",
            cure="Copy the four columns from the ledger, with slashes between them.",
        ) from None
    domain_id, _, reason = rest.partition("#")
    found = [
        LineKey(*key, domain_id, row["reason"])
        for row in published.rows(
            f"""
            select distinct reason from {published.scan("fct_allocated_costs")}
            where source_id = $source_id and charge_date = $day and identity_id = $identity_id
                and domain_id = $domain_id and (not $has_reason or reason = $reason)
            order by reason
            """,  # noqa: S608
            {
                **dict(zip(("source_id", "day", "identity_id"), key, strict=True)),
                "domain_id": domain_id,
                "has_reason": bool(reason),
                "reason": reason,
            },
        )
    ]
    if len(found) == 1:
        return found[0]
    lines = ", ".join(str(line) for line in found)
    raise ConfigurationError(
        f"ledger line {text}",
        found=f"{len(found)} lines of {published.billing_period}, publication {published.publication.number}",
        expected=f"one row of fct_allocated_costs{f': {lines}' if lines else ''}",
        cure="Name one of them." if found else "Check the period; explain the charge to see who owns its parts.",
    )


def explain_lines(published: Published, keys: Sequence[LineKey]) -> list[LineExplanation]:
    """Explain ledger lines, in the order of the keys; several cost little more than one.

    Raises:
        KeyError: a line is not in the ledger.
    """
    published.register("wanted_lines", _as_table(keys))
    columns = tuple(LineKey.__dataclass_fields__)
    same_line = " and ".join(f"{{left}}.{column} is not distinct from wanted_lines.{column}" for column in columns)
    chosen = (
        f"select ledger.* from {published.scan('fct_allocated_costs')} as ledger "  # noqa: S608
        f"inner join wanted_lines on {same_line.format(left='ledger')}"
    )
    # a pool that is divided by the hour has a row of the ledger for each hour of the line's day
    ledger: dict[LineKey, list[dict[str, Any]]] = defaultdict(list)
    for row in published.rows(chosen):
        ledger[LineKey(*(row[column] for column in columns))].append(row)
    parts: dict[LineKey, list[Part]] = defaultdict(list)
    sources = sorted({key.source_id for key in keys})
    for part in parts_of(published, f"inner join wanted_lines on {same_line.format(left='splits')}", sources):
        charge = part.charge
        key = LineKey(charge.source_id, charge.charge_date, charge.identity_id, part.domain_id, part.reason)
        parts[key].append(part)
    claims = claims_on(published, [(key.identity_id, key.charge_date) for key in keys])
    missing = [key for key in keys if key not in ledger]
    if missing:
        raise KeyError(missing[0])
    shares = {row["share_id"] for rows in ledger.values() for row in rows if row["share_id"] is not None}
    divisions = divisions_of(published, shares)
    consumers = consumers_of(published, chosen, columns)
    bridge = invoices(published)
    return [
        _line(
            published,
            key,
            ledger[key],
            divisions,
            consumers.get(tuple(getattr(key, column) for column in columns), ()),
            claims[key.identity_id, key.charge_date],
            parts[key],
            bridge,
        )
        for key in keys
    ]


def _line(
    published: Published,
    key: LineKey,
    rows: list[dict[str, Any]],
    divisions: dict[int, Division],
    consumers: tuple[ConsumerPart, ...],
    claims: list[Claim],
    parts: list[Part],
    bridge: list[InvoiceLine],
) -> LineExplanation:
    row = rows[0]
    found = [divisions[line["share_id"]] for line in rows if line["share_id"] in divisions]
    return LineExplanation(
        billing_period=published.billing_period,
        key=key,
        rule_id=row["rule_id"],
        rule_version=row["rule_version"],
        attribution_method=row["attribution_method"],
        reason=row["reason"],
        currency=row["billing_currency"],
        charge_count=sum(line["charge_count"] for line in rows),
        published=Amounts.total(Amounts.of(line) for line in rows),
        divisions=tuple(sorted(found, key=lambda division: (division.window_start, division.window_hour))),
        consumers=consumers,
        claims=tuple(claims),
        parts=tuple(parts),
        invoices=invoices_of((part.charge for part in parts), bridge),
    )


def explain_charge(published: Published, charge_id: int) -> ChargeExplanation:
    """Explain a charge.

    Raises:
        ConfigurationError: the period has no such charge.
    """
    parts = parts_of(published, f"where splits.charge_id = {int(charge_id)}")
    if not parts:
        raise ConfigurationError(
            f"charge {charge_id}",
            found=f"no such charge in {published.billing_period}, publication {published.publication.number}",
            expected="an x_charge_id of focus_cost_and_usage",
            cure="Check the period and the number.",
        )
    charge = parts[0].charge
    day = charge.identity_id, charge.charge_date
    return ChargeExplanation(
        billing_period=published.billing_period,
        charge=charge,
        claims=tuple(claims_on(published, [day])[day]),
        parts=tuple(parts),
        invoices=invoices_of([charge], invoices(published)),
    )


def _as_table(keys: Sequence[LineKey]) -> pa.Table:
    return pa.table(
        {
            "source_id": pa.array([key.source_id for key in keys], pa.string()),
            "charge_date": pa.array([key.charge_date for key in keys], pa.date32()),
            "identity_id": pa.array([key.identity_id for key in keys], pa.int64()),
            "domain_id": pa.array([key.domain_id for key in keys], pa.string()),
            "reason": pa.array([key.reason for key in keys], pa.string()),
        }
    )
