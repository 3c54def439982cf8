"""The truth about the estate, for tests only: every charge with its owner, every share, every total."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.sample.calendar import Month
from orchestration.sample.company import UNALLOCATED
from orchestration.sample.deliveries import Delivery, WrittenFile
from orchestration.sample.feeds import Reading
from orchestration.sample.invoices import Invoice
from orchestration.sample.lines import Lines, Outcomes, Stream
from orchestration.sample.money import MONEY_DIGITS, QUANTITY_DIGITS, Ints, decimals, plain
from orchestration.sample.pools import (
    BILLING_MONTH,
    CHARGE_DAY,
    DIRECT,
    DRIVERS,
    EQUAL,
    FIXED,
    Pool,
)

_LABEL = pa.dictionary(pa.int32(), pa.string())
_AMOUNT = pa.decimal128(38, 12)
CHARGES = pa.schema(
    [
        ("source_id", _LABEL),
        ("billing_period", _LABEL),
        ("source_file", _LABEL),
        ("source_row", pa.int64()),
        # where one native row becomes several charges: the category or resource that tells them apart, with the date
        ("part", _LABEL),
        ("kind", _LABEL),
        ("emitted", pa.bool_()),
        ("tagged", pa.bool_()),
        ("billing_currency", _LABEL),
        ("native_cost", _AMOUNT),
        ("billed_cost", _AMOUNT),
        ("effective_cost", _AMOUNT),
        ("list_cost", _AMOUNT),
        ("charge_date", pa.date32()),
        ("domain_id", _LABEL),
        ("pool_id", _LABEL),
        ("attribution_method", _LABEL),
        ("reason", _LABEL),
    ]
)
_EPOCH = date(1970, 1, 1).toordinal()
_MARGIN = 70


@dataclass(frozen=True)
class Window:
    """A pool's charges that are split alike."""

    pool_id: str
    scope: str
    start: date
    period: str


@dataclass
class Truth:
    """Collects what is known while the estate is written."""

    path: Path
    first: date
    days: int
    outcomes: Outcomes = field(default_factory=Outcomes)
    totals: list[dict[str, Any]] = field(default_factory=list)
    split: dict[tuple[str, str, str, str, int, bool], int] = field(default_factory=lambda: defaultdict(int))
    windows: set[Window] = field(default_factory=set)
    spend: dict[tuple[str, str, str], dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    deliveries: list[Delivery] = field(default_factory=list)
    landed: dict[tuple[str, str], int] = field(default_factory=dict)
    tagging: set[str] = field(default_factory=set)
    rows: int = 0
    _writer: pq.ParquetWriter | None = None

    def charges(
        self,
        source_id: str,
        currency: str,
        month: Month,
        streams: Sequence[Stream],
        lines: Lines,
        usage_of_service: dict[str, np.ndarray[Any, Any]],
    ) -> np.ndarray[Any, Any]:
        """Take account of a month's lines; returns the outcome number of each line.

        Args:
            source_id: whose lines.
            currency: of all amounts.
            month: the billing month.
            streams: the provider's streams.
            lines: the lines in force.
            usage_of_service: by driver, which lines it measures.

        """
        table = self.outcomes.table(streams, _back(self.first), self.days + 2 * _MARGIN)
        day = lines.slot_dates() - _back(self.first).toordinal()
        outcome = table[lines.stream, day]
        known = self.outcomes.known
        direct = np.array([item.domain_id not in {None, UNALLOCATED} for item in known])
        owned = direct[outcome] & lines.emitted
        for driver in DRIVERS:
            if driver.kind == "usage" or driver.source_id not in {"", source_id}:
                continue
            chosen = owned & usage_of_service.get(driver.driver_id, np.ones(len(lines), dtype=np.bool_))
            values = lines.quantity if driver.kind == "quantity" else lines.effective
            sums = np.zeros(len(known), dtype=np.int64)
            np.add.at(sums, outcome[chosen], values[chosen])
            counted = np.bincount(outcome[chosen], minlength=len(known))
            for number in np.flatnonzero(counted):
                domain = known[number].domain_id or ""
                self.spend[(driver.driver_id, source_id, month.key)][domain] += int(sums[number])
        kinds = list(dict.fromkeys(stream.kind for stream in streams))
        kind = np.array([kinds.index(stream.kind) for stream in streams])[lines.stream]
        tagged = np.array([bool(stream.flags.get("tagged")) for stream in streams])[lines.stream]
        keys = ((outcome.astype(np.int64) * len(kinds)) + kind) * 2 + tagged
        unique, inverse = np.unique(keys, return_inverse=True)
        sums = np.zeros(len(unique), dtype=np.int64)
        np.add.at(sums, inverse, np.where(lines.emitted, lines.effective, 0))
        for key, amount in zip(unique.tolist(), sums.tolist(), strict=True):
            number, rest = divmod(key, len(kinds) * 2)
            self.split[(source_id, month.key, currency, kinds[rest // 2], number, bool(rest % 2))] += amount
        # a native row of several charges is counted with the first
        native_rows = int(lines.extra["begins_row"].sum()) if "begins_row" in lines.extra else len(lines)
        self.totals.append(
            {
                "source_id": source_id,
                "billing_period": month.key,
                "billing_currency": currency,
                "native_rows": native_rows,
                "charges": int(lines.emitted.sum()),
                "native_cost": plain(int(lines.native.sum())),
                "landed_cost": plain(int((lines.native + lines.extra.get("credit", np.int64(0))).sum())),
                "billed_cost": plain(int(lines.billed[lines.emitted].sum())),
                "effective_cost": plain(int(lines.effective[lines.emitted].sum())),
                "asserted_list_cost": plain(int(lines.list_cost[lines.listed & lines.emitted].sum())),
            }
        )
        self.rows += native_rows
        self.landed[(source_id, month.key)] = native_rows
        return outcome

    def note_windows(
        self, month: Month, lines: Lines, outcome: np.ndarray[Any, Any], pools: Sequence[Pool], scopes: dict[str, Any]
    ) -> None:
        """Remember which windows of which pools have charges; ``scopes`` by scope_by: a text per line, or one text."""
        known = self.outcomes.known
        dates = lines.slot_dates()
        for pool in {pool.pool_id: pool for pool in pools if not pool.told_apart}.values():
            numbers = [number for number, item in enumerate(known) if item.pool_id == pool.pool_id]
            rows = np.flatnonzero(np.isin(outcome, numbers) & lines.emitted)
            if not len(rows):
                continue
            scope = scopes[pool.scope_by] if pool.scope_by else ""
            names = np.asarray(scope)[rows] if not isinstance(scope, str) else np.full(len(rows), scope)
            starts = dates[rows] if pool.window == CHARGE_DAY else np.full(len(rows), month.first.toordinal())
            for name, start in set(zip(names.tolist(), starts.tolist(), strict=True)):
                self.windows.add(Window(pool.pool_id, name, date.fromordinal(start), month.key))

    def write_file(
        self,
        source_id: str,
        currency: str,
        file: WrittenFile,
        pieces: Sequence[tuple[Month, Sequence[Stream], Lines, np.ndarray[Any, Any]]],
        numbers: Ints | None = None,
    ) -> None:
        """Write the truth of one file in force.

        Args:
            source_id: whose file.
            currency: of all amounts.
            file: the file.
            pieces: its lines, by billing month.
            numbers: the native row of each line, over all pieces; None when every row of the file is a line, in order.

        """
        if self._writer is None:
            self.path.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(self.path / "charges.parquet", CHARGES, compression="zstd")
        row = 0
        for month, streams, lines, outcome in pieces:
            count = len(lines)
            known = self.outcomes.known
            kinds = list(dict.fromkeys(stream.kind for stream in streams))
            kind = np.array([kinds.index(stream.kind) for stream in streams], dtype=np.int32)[lines.stream]
            tagged = np.array([bool(stream.flags.get("tagged")) for stream in streams])[lines.stream]
            index = pa.array(outcome.astype(np.int32))

            def label(text: str, length: int = count) -> pa.Array:
                return pa.DictionaryArray.from_arrays(pa.array(np.zeros(length, dtype=np.int32)), pa.array([text]))

            def labels(values: list[str | None], chosen: pa.Array = index) -> pa.Array:
                distinct = [value for value in dict.fromkeys(values) if value is not None]
                places = [None if value is None else distinct.index(value) for value in values]
                codes = pa.array(places, type=pa.int32()).take(chosen)
                return pa.DictionaryArray.from_arrays(codes, pa.array(distinct, type=pa.string()))

            list_cost = decimals(lines.list_cost, MONEY_DIGITS, scale=12)
            table = pa.table(
                [
                    label(source_id),
                    label(month.key),
                    label(file.path),
                    pa.array(np.arange(row + 1, row + count + 1) if numbers is None else numbers[row : row + count]),
                    labels([stream.flags.get("part") for stream in streams], pa.array(lines.stream)),
                    pa.DictionaryArray.from_arrays(pa.array(kind), pa.array(kinds)),
                    pa.array(lines.emitted),
                    pa.array(tagged),
                    label(currency),
                    decimals(lines.native, MONEY_DIGITS, scale=12),
                    decimals(lines.billed, MONEY_DIGITS, scale=12),
                    decimals(lines.effective, MONEY_DIGITS, scale=12),
                    pa.compute.if_else(pa.array(lines.listed), list_cost, pa.scalar(None, _AMOUNT)),
                    pa.array((lines.slot_dates() - _EPOCH).astype(np.int32)).cast(pa.date32()),
                    labels([item.domain_id for item in known]),
                    labels([item.pool_id for item in known]),
                    labels([item.method for item in known]),
                    labels([item.reason for item in known]),
                ],
                schema=CHARGES,
            )
            self._writer.write_table(table)
            row += count

    def untagged_share(self, rates: dict[tuple[str, str], Decimal]) -> dict[str, str]:
        """Per period: the share of the clouds' effective cost whose lines carry no tags, in the reporting currency."""
        total: dict[str, Decimal] = defaultdict(Decimal)
        untagged: dict[str, Decimal] = defaultdict(Decimal)
        for (source, period, currency, _, _, tagged), amount in self.split.items():
            if source not in self.tagging:
                continue
            value = amount * rates[(period, currency)]
            total[period] += value
            untagged[period] += 0 if tagged else value
        return {period: f"{untagged[period] / total[period]:.6f}" for period in total}

    def finish(
        self,
        pools: Sequence[Pool],
        feed: Sequence[Reading],
        invoices: Sequence[Invoice],
        rates: dict[tuple[str, str], Decimal],
        facts: dict[str, Any],
    ) -> None:
        """Write shares, totals and deliveries."""
        if self._writer is not None:
            self._writer.close()
        pq.write_table(self._shares(pools, feed), self.path / "shares.parquet")
        known = self.outcomes.known
        content = {
            **facts,
            "periods": self.totals,
            "attribution": self._attribution(rates),
            "untagged_share": self.untagged_share(rates),
            "fx_rates": {f"{period} {currency}": f"{rate}" for (period, currency), rate in rates.items()},
            "effective_cost_by": [
                {
                    "source_id": source,
                    "billing_period": period,
                    "billing_currency": currency,
                    "kind": kind,
                    "domain_id": known[number].domain_id,
                    "pool_id": known[number].pool_id,
                    "attribution_method": known[number].method,
                    "reason": known[number].reason,
                    "tagged": tagged,
                    "effective_cost": plain(amount),
                }
                for (source, period, currency, kind, number, tagged), amount in self.split.items()
            ],
            "invoices": [
                {
                    "issuer": invoice.issuer,
                    "invoice_id": invoice.invoice_id,
                    "billing_account_id": invoice.billing_account_id,
                    "billing_period": invoice.month.key,
                    "currency": invoice.currency,
                    "status": invoice.status,
                    "tied_amount": plain(invoice.tied),
                    "exported": plain(invoice.exported),
                    "difference": plain(invoice.tied - invoice.exported),
                    "rows": invoice.rows,
                }
                for invoice in invoices
            ],
        }
        _write_json(self.path / "totals.json", content)
        _write_json(
            self.path / "deliveries.json",
            [
                {
                    "source_id": delivery.source_id,
                    "billing_period": delivery.billing_period,
                    "scope": delivery.scope,
                    "run": delivery.run,
                    "in_force": delivery.in_force,
                    "rows": sum(file.rows for file in delivery.files),
                    "files": [
                        {"path": file.path, "rows": file.rows, "bytes": file.size, "sha256": file.sha256}
                        for file in delivery.files
                    ],
                }
                for delivery in self.deliveries
            ],
        )

    def _attribution(self, rates: dict[tuple[str, str], Decimal]) -> dict[str, dict[str, Any]]:
        """Per period, in the reporting currency, taxes and credits apart: effective cost by method and by pool."""
        known = self.outcomes.known
        sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        for (_, period, currency, kind, number, _), amount in self.split.items():
            if kind in {"tax", "credit"}:
                continue
            outcome = known[number]
            group, name = ("by_pool", outcome.pool_id) if outcome.pool_id else ("by_method", outcome.method)
            value = amount * rates[(period, currency)]
            sums[(period, group, name)] += value
            sums[(period, "total", "")] += value
        content: dict[str, dict[str, Any]] = {}
        for (period, group, name), value in sorted(sums.items()):
            text = f"{value.scaleb(-MONEY_DIGITS):f}"
            entry = content.setdefault(period, {"by_method": {}, "by_pool": {}})
            if name:
                entry[group][name] = text
            else:
                entry[group] = text
        return content

    def _shares(self, pools: Sequence[Pool], feed: Sequence[Reading]) -> pa.Table:
        metered: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for reading in feed:
            for start in (reading.day.isoformat(), f"{reading.day:%Y-%m}"):
                metered[(reading.driver, reading.scope, start)][reading.target] += reading.quantity
        kinds = {driver.driver_id: driver for driver in DRIVERS}
        rows: list[dict[str, Any]] = []
        for window in sorted(self.windows, key=lambda item: (item.period, item.pool_id, item.scope, item.start)):
            pool = _version(pools, window)
            weights: dict[str, tuple[str, str]]
            reason = None
            if pool.method in {EQUAL, DIRECT}:
                weights = {domain: ("1", str(len(pool.targets))) for domain, _ in pool.targets}
            elif pool.method == FIXED:
                weights = {domain: (share, "1") for domain, share in pool.targets}
            else:
                driver = kinds[pool.driver_id]
                if driver.kind == "usage":
                    span = window.start.isoformat() if pool.window != BILLING_MONTH else window.period
                    sums, digits = metered.get((driver.driver_id, window.scope, span)), QUANTITY_DIGITS
                else:
                    source = driver.source_id or window.scope
                    sums = self.spend.get((driver.driver_id, source, window.period))
                    digits = QUANTITY_DIGITS if driver.kind == "quantity" else MONEY_DIGITS
                total = sum(sums.values()) if sums else 0
                if sums and total > 0:
                    if min(sums.values()) < 0:
                        raise AssertionError(f"{pool.pool_id} {window.period}: a driver must not be negative here")
                    weights = {
                        domain: (plain(value, digits), plain(total, digits)) for domain, value in sorted(sums.items())
                    }
                else:
                    reason = "zero_driver" if sums else "no_driver"
                    weights = {pool.fallback or UNALLOCATED: ("1", "1")}
            for domain, (numerator, denominator) in weights.items():
                rows.append(
                    {
                        "pool_id": pool.pool_id,
                        "pool_version": pool.version,
                        "scope_key": window.scope,
                        "window_start": window.start,
                        "billing_period": window.period,
                        "domain_id": domain,
                        "numerator": numerator,
                        "denominator": denominator,
                        "reason": reason,
                    }
                )
        schema = pa.schema(
            [
                ("pool_id", pa.string()),
                ("pool_version", pa.int32()),
                ("scope_key", pa.string()),
                ("window_start", pa.date32()),
                ("billing_period", pa.string()),
                ("domain_id", pa.string()),
                ("numerator", pa.string()),
                ("denominator", pa.string()),
                ("reason", pa.string()),
            ]
        )
        return pa.Table.from_pylist(rows, schema=schema)


def _version(pools: Sequence[Pool], window: Window) -> Pool:
    (pool,) = [
        pool for pool in pools if pool.pool_id == window.pool_id and pool.valid_from <= window.start < pool.valid_to
    ]
    return pool


def _back(day: date) -> date:
    return date.fromordinal(day.toordinal() - _MARGIN)


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
