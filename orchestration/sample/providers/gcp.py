"""Google Cloud: the detailed BigQuery billing export, exported to Parquet one partition month at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.sample.accounts import GCP, Account, Accounts
from orchestration.sample.calendar import Month, Slot, at, month_slot
from orchestration.sample.chance import digits, generator, guid, hexadecimal, pick, word
from orchestration.sample.company import Company, Ownership, pooled
from orchestration.sample.deliveries import WrittenFile, written
from orchestration.sample.lines import (
    Addition,
    Clock,
    Event,
    Lines,
    Stream,
    event_lines,
    gather,
    plan,
    shift,
    spends,
    usage,
)
from orchestration.sample.money import QUANTITY, Bools, Ints, decimals, money, round_to_cents
from orchestration.sample.placement import Evidence, Item, lifetime, overridden, place
from orchestration.sample.table import ConstantColumns, tables

SOURCE_ID = "gcp-main"
CURRENCY = "USD"
ISSUER = "Google Cloud"
ZONE = "America/Los_Angeles"
SHARE_OF_ROWS = 0.18
MONTHLY_SPEND = money("310000")
UNTAGGED_ELSEWHERE = money("36000")
REGIONS = {"us-central1": "US", "europe-west1": "BE", "europe-west4": "NL"}
_TAX_PERCENT = 2
# how many usage units a pricing unit has
_UNITS = {
    ("seconds", "hour"): 3600.0,
    ("byte-seconds", "gibibyte hour"): 3600.0 * 2**30,
    ("byte-seconds", "gibibyte month"): 2_592_000.0 * 2**30,
    ("bytes", "tebibyte"): float(2**40),
}
_LATE_SHARE = 0.015

_PAIR = pa.struct([("key", pa.string()), ("value", pa.string())])
_NUMERIC = pa.decimal128(38, 9)
_UTC = pa.timestamp("us", tz="UTC")
_CREDIT = pa.struct(
    [
        ("name", pa.string()),
        ("amount", _NUMERIC),
        ("full_name", pa.string()),
        ("id", pa.string()),
        ("type", pa.string()),
    ]
)
_USAGE = pa.struct(
    [
        ("amount", pa.float64()),
        ("unit", pa.string()),
        ("amount_in_pricing_units", pa.float64()),
        ("pricing_unit", pa.string()),
    ]
)
_PRICE = pa.struct(
    [
        ("effective_price", _NUMERIC),
        ("tier_start_amount", _NUMERIC),
        ("unit", pa.string()),
        ("pricing_unit_quantity", _NUMERIC),
        ("list_price", _NUMERIC),
    ]
)
SCHEMA: tuple[tuple[str, pa.DataType], ...] = (
    ("billing_account_id", pa.string()),
    ("service", pa.struct([("id", pa.string()), ("description", pa.string())])),
    ("sku", pa.struct([("id", pa.string()), ("description", pa.string())])),
    ("usage_start_time", _UTC),
    ("usage_end_time", _UTC),
    (
        "project",
        pa.struct(
            [
                ("id", pa.string()),
                ("number", pa.string()),
                ("name", pa.string()),
                ("labels", pa.list_(_PAIR)),
                ("ancestry_numbers", pa.string()),
                ("ancestors", pa.list_(pa.struct([("resource_name", pa.string()), ("display_name", pa.string())]))),
            ]
        ),
    ),
    ("labels", pa.list_(_PAIR)),
    ("system_labels", pa.list_(_PAIR)),
    (
        "location",
        pa.struct(
            [("location", pa.string()), ("country", pa.string()), ("region", pa.string()), ("zone", pa.string())]
        ),
    ),
    ("resource", pa.struct([("name", pa.string()), ("global_name", pa.string())])),
    (
        "tags",
        pa.list_(
            pa.struct(
                [("key", pa.string()), ("value", pa.string()), ("inherited", pa.bool_()), ("namespace", pa.string())]
            )
        ),
    ),
    ("price", _PRICE),
    ("subscription", pa.struct([("instance_id", pa.string())])),
    ("export_time", _UTC),
    ("cost", _NUMERIC),
    ("currency", pa.string()),
    ("currency_conversion_rate", pa.float64()),
    ("usage", _USAGE),
    ("credits", pa.list_(_CREDIT)),
    ("invoice", pa.struct([("month", pa.string()), ("publisher_type", pa.string())])),
    ("cost_type", pa.string()),
    (
        "adjustment_info",
        pa.struct([("id", pa.string()), ("description", pa.string()), ("mode", pa.string()), ("type", pa.string())]),
    ),
    ("cost_at_list", _NUMERIC),
    ("transaction_type", pa.string()),
    ("seller_name", pa.string()),
)
# offer: weight, service id, service, sku, unit, pricing unit, price, resource path, credit type, credit percent
_OFFERS: dict[str, tuple[float, str, str, str, str, str, str, str, str, int]] = {
    "core": (0.34, "6F81-5844-456A", "Compute Engine", "N2 Instance Core running", "seconds", "hour", "0.0316",
             "instances", "SUSTAINED_USAGE_DISCOUNT", 20),
    "committed": (0.12, "6F81-5844-456A", "Compute Engine", "N2 Instance Ram running", "byte-seconds", "gibibyte hour",
                  "0.0042", "instances", "COMMITTED_USAGE_DISCOUNT", 37),
    "storage": (0.16, "95FF-2EF5-5EA1", "Cloud Storage", "Standard Storage US Multi-region", "byte-seconds",
                "gibibyte month", "0.026", "buckets", "", 0),
    "sql": (0.20, "9662-B51E-5089", "Cloud SQL", "Cloud SQL for PostgreSQL: Zonal - vCPU", "seconds", "hour", "0.0413",
            "sqlinstances", "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE", 25),
    "gke": (0.08, "CCD8-9BF1-090E", "Kubernetes Engine", "Zonal Kubernetes Clusters", "seconds", "hour", "0.1",
            "clusters", "FREE_TIER", 5),
    "query": (0.10, "24E6-581D-38E5", "BigQuery", "Analysis", "bytes", "tebibyte", "6.25", "datasets", "PROMOTION", 10),
}  # fmt: skip
# every estate has these, however small
_FIRST = tuple(_OFFERS)


class GoogleBill:
    """The company's Google Cloud bill: streams made once, then lines per invoice month, files per export month."""

    source_id = SOURCE_ID
    kind = "gcp_detailed"
    currency = CURRENCY
    tags = True
    tax_beside: int | None = None
    bounded = False

    def __init__(self, company: Company, accounts: Accounts, evidence: Evidence, seed: int, rows_a_month: int) -> None:
        self.company = company
        self.accounts = accounts
        self.evidence = evidence
        self.seed = seed
        self.rows_a_month = rows_a_month
        self.streams: list[Stream] = []
        self.additions: list[Addition] = []
        self._rng = generator(seed, "gcp")
        parts_of_id = [hexadecimal(self._rng, 6).upper() for _ in range(3)]
        self.billing_account = "-".join(parts_of_id)
        self._metered: list[int] = []
        self._singles: dict[tuple[str, str], int] = {}
        self._first, self._last = company.calendar.months[0].first, company.calendar.until
        self._numbers = {
            account.account_id: digits(self._rng, 12) for account in accounts.all if account.provider == GCP
        }
        self._make_resources()
        self._make_data_platform()

    # -- what there is ---------------------------------------------------------------------------------------------

    def _make_resources(self) -> None:
        rng = self._rng
        size = plan(self.rows_a_month, share=SHARE_OF_ROWS, fixed_rows=100)
        names = list(_OFFERS)
        weights = [_OFFERS[name][0] for name in names]
        drafts = []
        for number, spend in enumerate(spends(size.resources, MONTHLY_SPEND, rng)):
            offer = _FIRST[number] if number < len(_FIRST) else pick(rng, names, weights)
            stream = self._offered(offer)
            stream.per_day = max(spend // 30 * QUANTITY // stream.rate, 100)
            drafts.append((offer, pick(rng, list(REGIONS), (5, 3, 2)), stream))
        items = [
            Item(draft.rate * draft.per_day // QUANTITY * 30 * (100 - _OFFERS[offer][9]) // 100, True)
            for offer, _, draft in drafts
        ]
        placements = place(
            items, GCP, self.company, self.accounts, rng, untagged_elsewhere=UNTAGGED_ELSEWHERE, lower_case=True
        )
        for (offer, region, stream), placement in zip(drafts, placements, strict=True):
            name = f"{placement.name_prefix or ''}{word(rng, 9)}"
            path = f"projects/{placement.account.account_id}/{_OFFERS[offer][7]}/{name}"
            resource_id = f"//{_OFFERS[offer][2].replace(' ', '').lower()}.googleapis.com/{path}"
            stream.ownership = overridden(placement, self.company, resource_id, self.evidence)
            if placement.needs_cmdb:
                by_name = float(rng.random()) < 0.5
                self.evidence.cmdb.append(("" if by_name else resource_id, name if by_name else "", stream.ownership))
            stream.grain = size.grain(rng)
            if not placement.permanent:
                stream.first_day, stream.last_day = lifetime(rng, self._first, self._last)
            self.locate(stream, placement.account, region, resource_id, name, placement.tags)
            stream.flags.update(kind=placement.kind)
            self._metered.append(self.add(stream))

    def _make_data_platform(self) -> None:
        account = self.accounts.one(GCP, "data-platform")
        for name, spend in (("warehouse01", "19500"), ("pipelines01", "6200")):
            stream = self._offered("query")
            stream.kind = "data_platform"
            stream.flags["credit"] = ("", 0)
            stream.per_day = money(spend) // 30 * QUANTITY // stream.rate
            stream.ownership = pooled("data-platform")
            resource = f"//bigquery.googleapis.com/projects/{account.account_id}/datasets/{name}"
            self.locate(stream, account, "us-central1", resource, name, {})
            self._metered.append(self.add(stream))

    # -- building blocks -------------------------------------------------------------------------------------------

    def add(self, stream: Stream) -> int:
        """Add a stream; returns its number."""
        self.streams.append(stream)
        return len(self.streams) - 1

    def _offered(self, offer: str) -> Stream:
        _, service_id, service, sku, unit, pricing_unit, price, _, credit, percent = _OFFERS[offer]
        stream = self.stream(service_id, service, sku, unit, pricing_unit, price)
        stream.flags["credit"] = (credit, percent)
        return stream

    def stream(self, service_id: str, service: str, sku: str, unit: str, pricing_unit: str, price: str) -> Stream:
        """Return a stream of a SKU at a price per pricing unit."""
        rate = money(price)
        constants: dict[str, Any] = {
            "billing_account_id": self.billing_account,
            "service": {"id": service_id, "description": service},
            "sku": {"id": "-".join(hexadecimal(self._rng, 4).upper() for _ in range(3)), "description": sku},
            "labels": [],
            "system_labels": [],
            "tags": [],
            "price": {
                "effective_price": decimals(np.array([rate]), 10, scale=9)[0].as_py(),
                "tier_start_amount": decimals(np.array([0]), 10, scale=9)[0].as_py(),
                "unit": pricing_unit,
                "pricing_unit_quantity": decimals(np.array([10**10]), 10, scale=9)[0].as_py(),
                "list_price": decimals(np.array([rate]), 10, scale=9)[0].as_py(),
            },
            "currency": CURRENCY,
            "currency_conversion_rate": 1.0,
            "cost_type": "regular",
            "transaction_type": "GOOGLE",
            "seller_name": "Google",
        }
        stream = Stream(constants, "usage", (), rate=rate, list_rate=rate, effective_rate=rate)
        stream.flags.update(credit=("", 0), unit=unit, pricing_unit=pricing_unit)
        return stream

    def locate(
        self, stream: Stream, account: Account | None, region: str, resource_id: str, name: str, labels: dict[str, str]
    ) -> None:
        """Say where a stream's thing is: project, region, resource, labels."""
        stream.constants.update(
            labels=[{"key": key, "value": value} for key, value in labels.items()],
            location={
                "location": region or "global",
                "country": REGIONS.get(region),
                "region": region or None,
                "zone": None,
            },
            resource={"name": name or None, "global_name": resource_id or None},
        )
        if account:
            number = self._number_of(account)
            stream.constants["project"] = {
                "id": account.account_id,
                "number": number,
                "name": account.name,
                "labels": [],
                "ancestry_numbers": f"/{number[:6]}/",
                "ancestors": [{"resource_name": f"projects/{number}", "display_name": account.name}],
            }
        if stream.kind == "usage" and name:
            stream.constants["system_labels"] = [{"key": "compute.googleapis.com/cores", "value": "8"}]
        stream.flags["account"] = account
        stream.flags["tagged"] = bool(labels)

    def _number_of(self, account: Account) -> str:
        """Return the number of a project; those opened after the bill was begun get theirs when they are needed."""
        if account.account_id not in self._numbers:
            self._numbers[account.account_id] = digits(generator(self.seed, account.account_id), 12)
        return self._numbers[account.account_id]

    def _single(
        self, name: str, cost_type: str, service: str, account: Account | None, ownership: Ownership, kind: str
    ) -> int:
        key = (name, account.account_id if account else "")
        if key not in self._singles:
            offer = next(offer for offer in _OFFERS.values() if offer[2] == service)
            stream = self._offered("core")
            stream.kind = kind
            stream.ownership = ownership
            stream.rate = stream.list_rate = 0
            stream.flags.update(credit=("", 0), unit=None, pricing_unit=None)
            stream.constants.update(
                service={"id": offer[1], "description": service},
                sku={"id": "-".join(hexadecimal(self._rng, 4).upper() for _ in range(3)), "description": name},
                cost_type=cost_type,
                price=None,
            )
            if cost_type in {"tax", "rounding_error"}:
                stream.constants["service"] = {"id": "A1B2-0000-0001", "description": "Invoice"}
            self.locate(stream, account, "", "", "", {})
            if kind == "correction":
                stream.constants["adjustment_info"] = {
                    "id": guid(self._rng),
                    "description": "Correction of an earlier invoice",
                    "mode": "PARTIAL_CORRECTION",
                    "type": "GENERAL_ADJUSTMENT",
                }
            if kind == "marketplace":
                stream.constants.update(transaction_type="THIRD_PARTY_RESELLER", seller_name="Confluent, Inc.")
            self._singles[key] = self.add(stream)
        return self._singles[key]

    # -- a month ---------------------------------------------------------------------------------------------------

    def lines(self, month: Month) -> Lines:
        """Every line of an invoice month; days are Pacific days, as Google bills."""
        clock = Clock.of(self.company.calendar, month, ZONE)
        metered = usage(self.streams, self._metered, clock, generator(self.seed, f"gcp-{month.key}"))
        # BigQuery NUMERIC has nine decimals
        metered.native = metered.native // 10 * 10
        metered.list_cost = metered.list_cost // 10 * 10
        percent = np.array([stream.flags["credit"][1] for stream in self.streams], dtype=np.int64)
        credit = -(metered.native // 100 * percent[metered.stream] // 10 * 10)
        metered.billed = metered.native + credit
        metered.effective = metered.billed.copy()
        metered.extra = {"credit": credit}
        events = self._events(month, metered)
        return gather(clock.slots, [metered, event_lines(clock.slots, events)])

    def _events(self, month: Month, metered: Lines) -> list[Event]:
        events: list[Event] = []
        whole_month = month_slot(month, ZONE)
        end = Slot(at(month.last, ZONE), at(month.next.first, ZONE))
        dedicated = self.accounts.of(GCP, "dedicated")
        total = int(metered.billed.sum())
        tax = round_to_cents(total * _TAX_PERCENT // 100)
        index = self._single("Tax", "tax", "Compute Engine", None, pooled("taxes"), "tax")
        events.append(Event(index, end, tax, tax, tax))
        first, second = dedicated[0], dedicated[1]
        if first.ownership is None or second.ownership is None:
            raise AssertionError("a dedicated project must be owned")
        fee = money("1880.0")
        index = self._single(
            "Commitment - dollar based v1: Cloud SQL for 1 year", "regular", "Cloud SQL", first, first.ownership,
            "commitment_fee",
        )  # fmt: skip
        events.append(Event(index, whole_month, fee, fee, fee))
        seat = money("2425.5")
        index = self._single(
            "Streaming platform seats", "regular", "Compute Engine", second, second.ownership, "marketplace"
        )
        events.append(Event(index, whole_month, seat, seat, seat))
        events += [event for addition in self.additions for event in addition.events(month)]
        if month.first != self._first:
            start = at(month.previous.day(19), ZONE)
            amount = money("-977.31")
            index = self._single(
                "Price correction", "adjustment", "Compute Engine", second, second.ownership, "correction"
            )
            events.append(Event(index, Slot(start, start + timedelta(days=1)), amount, amount, amount))
        if not self.company.calendar.is_open(month):
            so_far = total + sum(event.billed for event in events)
            missing = round_to_cents(so_far) - so_far
            index = self._single(
                "Rounding error", "rounding_error", "Compute Engine", None, pooled("adjustments"), "rounding"
            )
            events.append(Event(index, end, missing, missing, missing))
        return events

    # -- delivery --------------------------------------------------------------------------------------------------

    def invoice_ids(self, month: Month) -> tuple[str, ...]:
        """Return the number of a month's invoice; Google's export does not carry it."""
        return (digits(generator(self.seed, f"gcp-invoice-{month.key}"), 10),)

    def invoice_of(self, lines: Lines, month: Month) -> list[tuple[str, str, str, Ints]]:
        """Return the month's invoices: id, billing account, issuer, and the rows each bills."""
        return [(self.invoice_ids(month)[0], self.billing_account, ISSUER, np.arange(len(lines), dtype=np.int64))]

    def tax_rows(self, lines: Lines) -> Bools:
        """Which lines are tax."""
        return np.array([stream.kind == "tax" for stream in self.streams])[lines.stream]

    def exported_late(self, lines: Lines, month: Month) -> Bools:
        """Which lines reach the export after the month: usage of its last days, taxes, adjustments, some at random."""
        rng = generator(self.seed, f"gcp-late-{month.key}")
        late = rng.random(len(lines)) < _LATE_SHARE
        last = lines.slot_dates() >= month.last.toordinal()
        single = np.array([stream.kind in {"tax", "rounding", "correction"} for stream in self.streams])
        return np.asarray(last | single[lines.stream] | (late & (lines.slot_dates() > month.day(20).toordinal())))

    def write_folder(
        self, location: Path, folder: Month, run: datetime, content: list[tuple[Month, Lines]]
    ) -> tuple[list[WrittenFile], list[list[tuple[Month, int, int]]]]:
        """Write one run of an export month: lines of one or more invoice months, in files numbered from zero.

        Returns:
            The files, and per file the row ranges ``(invoice month, first line, end line)`` in the order written.

        """
        constant = ConstantColumns(SCHEMA, self.streams)
        total = sum(len(lines) for _, lines in content)
        limit = min(250_000, max(total // 2 + 1, 1000))
        files: list[WrittenFile] = []
        layout: list[list[tuple[Month, int, int]]] = []
        pieces: list[list[tuple[Month, Lines, int, int]]] = [[]]
        room = limit
        for month, lines in content:
            start = 0
            while start < len(lines):
                if not room:
                    pieces.append([])
                    room = limit
                end = min(start + room, len(lines))
                pieces[-1].append((month, lines, start, end))
                room -= end - start
                start = end
        schema = pa.schema(list(SCHEMA))
        for number, members in enumerate(pieces):
            path = f"{folder.key}/{run:%Y%m%dT%H%M%SZ}-{number:012d}.parquet"
            (location / path).parent.mkdir(parents=True, exist_ok=True)
            with pq.ParquetWriter(location / path, schema, compression="snappy") as writer:
                for month, lines, start, end in members:
                    chunk = lines.take(np.arange(start, end, dtype=np.int64))
                    for table in tables(constant, chunk, partial(self._varying, month=month, folder=folder)):
                        writer.write_table(table.cast(schema))
            files.append(written(location, path, sum(end - start for _, _, start, end in members)))
            layout.append([(month, start, end) for month, _, start, end in members])
        return files, layout

    def _varying(self, lines: Lines, month: Month, folder: Month) -> dict[str, pa.Array]:
        count = len(lines)
        index = pa.array(lines.stream)
        starts = pa.array([slot.start for slot in lines.slots], type=_UTC)
        ends = pa.array([slot.end for slot in lines.slots], type=_UTC)
        slot = pa.array(lines.slot)
        late = folder != month
        moments = []
        for item in lines.slots:
            moment = item.end + timedelta(hours=6)
            opening = datetime(folder.first.year, folder.first.month, 1, 12, tzinfo=UTC)
            moments.append(max(moment, opening) if late else min(moment, opening + timedelta(days=month.days - 1)))
        amounts = lines.quantity / QUANTITY
        units = pa.array([stream.flags["unit"] for stream in self.streams], type=pa.string())
        pricing_units = pa.array([stream.flags["pricing_unit"] for stream in self.streams], type=pa.string())
        quantities = pa.array(amounts, type=pa.float64())
        factors = np.array([_UNITS.get((item.flags["unit"], item.flags["pricing_unit"]), 1.0) for item in self.streams])
        used = pa.array(amounts * factors[lines.stream], type=pa.float64())
        usage_struct = pa.StructArray.from_arrays(
            [used, units.take(index), quantities, pricing_units.take(index)], fields=list(_USAGE)
        )
        credit = lines.extra["credit"]
        rows = np.flatnonzero(credit)
        offsets = np.zeros(count + 1, dtype=np.int32)
        offsets[1:] = np.cumsum(credit != 0)
        kinds = pa.array([stream.flags["credit"][0] for stream in self.streams]).take(pa.array(lines.stream[rows]))
        names = pa.compute.utf8_capitalize(pa.compute.replace_substring(pa.compute.utf8_lower(kinds), "_", " "))
        credit_struct = pa.StructArray.from_arrays(
            [names, decimals(credit[rows], 10, scale=9), names, kinds, kinds], fields=list(_CREDIT)
        )
        return {
            "usage_start_time": starts.take(slot),
            "usage_end_time": ends.take(slot),
            "export_time": pa.array(moments, type=_UTC).take(slot),
            "cost": decimals(lines.native, 10, scale=9),
            "cost_at_list": decimals(np.where(lines.listed, lines.list_cost, lines.native), 10, scale=9),
            "usage": usage_struct,
            "credits": pa.ListArray.from_arrays(pa.array(offsets), credit_struct),
            "invoice": pa.StructArray.from_arrays(
                [pa.repeat(f"{month.first:%Y%m}", count), pa.repeat("GOOGLE", count)], names=["month", "publisher_type"]
            ),
        }

    def superseded(self, lines: Lines, month: Month) -> Lines:
        """Return what an export run early in the month held."""
        return lines.take(np.flatnonzero(lines.slot_dates() < month.day(3).toordinal()))


def service_name(stream: Stream) -> str:
    """Return the service's name as a person reads it on the bill."""
    name: str = stream.constants["service"]["description"]
    return name


def is_usage(stream: Stream) -> bool:
    """Whether the stream's lines are usage."""
    cost_type: str = stream.constants["cost_type"]
    return cost_type == "regular"


def run_time(folder: Month) -> datetime:
    """When an export month was exported for good."""
    return at(shift(folder.next.first, 2), hour=4) + timedelta(minutes=15)
