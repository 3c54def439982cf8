"""``write_sample``: the whole estate, written into a folder."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from orchestration.errors import ConfigurationError
from orchestration.sample.accounts import open_accounts
from orchestration.sample.ai import policy as ai
from orchestration.sample.calendar import Calendar, Month, at
from orchestration.sample.chance import generator
from orchestration.sample.company import NAME, found
from orchestration.sample.contracts import write_contracts
from orchestration.sample.deliveries import Delivery
from orchestration.sample.feeds import FEEDS, readings, write_feeds, write_key_usage, write_seats
from orchestration.sample.invoices import Invoice, write_invoices
from orchestration.sample.kubernetes import policy as kubernetes
from orchestration.sample.lines import Lines
from orchestration.sample.money import round_to_cents
from orchestration.sample.placement import Evidence
from orchestration.sample.platform import FEEDS as PLATFORM_FEEDS
from orchestration.sample.platform import build_platform
from orchestration.sample.policy import fx_rates, write_policy
from orchestration.sample.pools import DRIVERS, Pool, make_pools
from orchestration.sample.providers import SMALL_BILLS, aws, azure, gcp
from orchestration.sample.providers.cost_api import CostApiBill
from orchestration.sample.providers.saas import SaasContracts
from orchestration.sample.providers.small import SmallBill
from orchestration.sample.truth import Truth

DEFAULT_END = date(2026, 10, 31)
DEFAULT_ROWS = 30_000
MINIMUM_ROWS = 5_000
REPORTING_CURRENCY = "USD"
_OWN = ("contracts", "estate.yml", "exports", "feeds", "invoices", "policy", "truth")

BigBill = aws.AmazonBill | azure.MicrosoftBill | gcp.GoogleBill
Progress = Callable[[str, float], None]
"""Called with what is being done and the share of the work that is done (0..1)."""


@dataclass(frozen=True)
class SampleSummary:
    """What was written.

    Attributes:
        directory: the estate's folder.
        estate: its estate file.
        company: the made-up name.
        periods: billing periods, ``YYYY-MM``, oldest first.
        rows: native rows in force, over all sources with money.
        rows_by_source: the same by source.
        deliveries: deliveries written, superseded ones included.
        bytes_written: size of the exports in force and superseded.
        untagged_share: per period, share of effective cost without tags.

    """

    directory: Path
    estate: Path
    company: str
    periods: tuple[str, ...]
    rows: int
    rows_by_source: dict[str, int]
    deliveries: int
    bytes_written: int
    untagged_share: dict[str, str]


def write_sample(
    directory: Path,
    *,
    months: int = 3,
    rows: int | None = None,
    seed: int = 7,
    end: date | None = None,
    progress: Progress | None = None,
) -> SampleSummary:
    """Write a made-up estate in the providers' own layouts, with its truth. Same arguments, same bytes.

    Args:
        directory: where to; what an earlier run wrote there is replaced, nothing else is touched.
        months: how many billing periods.
        rows: about how many native rows in force of the three big clouds, over all periods; default 30 000. On top come
            the clusters and models on these bills, some thousand rows a month, and their telemetry, both of which grow
            with the square root of it. The other suppliers' bills are small whatever is asked for: some hundred rows a
            month each.
        seed: of everything that is left to chance.
        end: the last day with usage; default 2026-10-31. A day before its month's end leaves that month open.
        progress: told about what is going on.

    Raises:
        ConfigurationError: an argument out of range, or a folder that holds something else.

    """
    wanted = DEFAULT_ROWS if rows is None else rows
    _check(directory, months, wanted)
    tell = progress or (lambda text, share: None)
    calendar = Calendar.ending(end or DEFAULT_END, months)
    tell("founding the company", 0.0)
    company = found(calendar)
    accounts = open_accounts(company, generator(seed, "accounts"))
    evidence = Evidence()
    a_month = wanted / months
    amazon = aws.AmazonBill(company, accounts, evidence, seed, int(a_month * aws.SHARE_OF_ROWS))
    microsoft = azure.MicrosoftBill(company, accounts, evidence, seed, int(a_month * azure.SHARE_OF_ROWS))
    google = gcp.GoogleBill(company, accounts, evidence, seed, int(a_month * gcp.SHARE_OF_ROWS))
    bills: list[BigBill] = [amazon, microsoft, google]
    small_bills = [bill(company, accounts, evidence, seed) for bill in SMALL_BILLS]
    vendors = [bill for bill in small_bills if isinstance(bill, CostApiBill)]
    platform = build_platform(company, accounts, seed, a_month, (amazon, microsoft, google), vendors)
    pools = [*make_pools(company), *kubernetes.make_pools(company, platform.fleet), *ai.POOLS]
    for name in _OWN:
        if (directory / name).is_dir():
            shutil.rmtree(directory / name)
    first = calendar.months[0].first
    truth = Truth(directory / "truth", first, (calendar.months[-1].next.first - first).days)
    truth.tagging = {bill.source_id for bill in [*bills, *small_bills] if bill.tags}
    invoices: list[Invoice] = []
    steps = (len(bills) + 1) * len(calendar.months)
    for number, bill in enumerate(bills):
        late: dict[Month, list[tuple[Month, Lines, Any]]] = defaultdict(list)
        for index, month in enumerate(calendar.months):
            tell(f"{bill.source_id} {month.key}", (number * len(calendar.months) + index) / steps)
            lines = bill.lines(month)
            outcome = truth.charges(bill.source_id, bill.currency, month, bill.streams, lines, _measured(bill, lines))
            truth.note_windows(month, lines, outcome, pools, _scopes(bill, lines))
            invoices += _invoices(bill, month, lines, calendar)
            location = directory / "exports" / bill.source_id.split("-")[0]
            if isinstance(bill, gcp.GoogleBill):
                _deliver_folders(bill, location, month, lines, outcome, late, truth, calendar)
            else:
                deliveries = bill.deliver(location, month, lines)
                truth.deliveries += deliveries
                _truth_of_files(bill, month, lines, outcome, deliveries[-1], truth)
    feed = readings(company, seed)
    for number, small in enumerate(small_bills):
        tell(small.source_id, (len(bills) + number / len(small_bills)) / (len(bills) + 1))
        invoices += _deliver_small(small, directory / "exports" / small.source_id, pools, truth, calendar)
        if isinstance(small, CostApiBill):
            by_month = {month: small.lines(month) for month in calendar.months}
            feed += write_key_usage(directory / "feeds" / f"{small.source_id}_usage", small, by_month)
    tell("policy, feeds and invoices", 0.99)
    write_feeds(directory / "feeds" / "driver_usage", feed)
    write_seats(directory / "feeds" / "saas_seats", feed, accounts)
    contracts = write_contracts(directory / "contracts", calendar, amazon, microsoft)
    write_invoices(directory / "invoices", invoices)
    drivers = (*DRIVERS, *kubernetes.DRIVERS, *ai.DRIVERS)
    write_policy(directory / "policy", company, accounts, evidence, pools, drivers, platform)
    platform.write_feeds(directory / "feeds")
    platform.write_truth(truth.path)
    rates = _rates(calendar)
    truth.finish(pools, feed, invoices, rates, {"seed": seed, "feed_rows": len(feed), "contracts": contracts})
    estate = _write_estate(directory, [*bills, *small_bills], calendar)
    by_source: dict[str, int] = defaultdict(int)
    for (source, _), count in truth.landed.items():
        by_source[source] += count
    tell("done", 1.0)
    return SampleSummary(
        directory=directory,
        estate=estate,
        company=NAME,
        periods=tuple(month.key for month in calendar.months),
        rows=truth.rows,
        rows_by_source=dict(by_source),
        deliveries=len(truth.deliveries),
        bytes_written=sum(file.size for delivery in truth.deliveries for file in delivery.files),
        untagged_share=truth.untagged_share(rates),
    )


def _check(directory: Path, months: int, rows: int) -> None:
    if not 1 <= months <= 24:
        raise ConfigurationError("--months", found=str(months), expected="1 to 24", cure="Ask for fewer months.")
    if rows < MINIMUM_ROWS:
        raise ConfigurationError(
            "--rows",
            found=str(rows),
            expected=f"at least {MINIMUM_ROWS}",
            cure="A smaller estate could not show every kind of line.",
        )
    if directory.exists() and not directory.is_dir():
        raise ConfigurationError(
            str(directory), found="a file", expected="a folder", cure="Name a folder that may be created."
        )
    if directory.is_dir():
        others = sorted(entry.name for entry in directory.iterdir() if entry.name not in _OWN)
        if others and not (directory / "truth").is_dir():
            raise ConfigurationError(
                str(directory),
                found=f"a folder with other things ({others[0]})",
                expected="an empty folder or an earlier sample",
                cure="Name another folder; a sample replaces what it finds.",
            )
    directory.mkdir(parents=True, exist_ok=True)


def _measured(bill: BigBill | SmallBill, lines: Lines) -> dict[str, np.ndarray[Any, Any]]:
    """By driver: which lines it measures."""
    module = {aws.SOURCE_ID: aws, azure.SOURCE_ID: azure}.get(bill.source_id)
    if module is None:
        return {}
    of_service = {"ec2-spend": "Amazon Elastic Compute Cloud", "azure-storage-gb": azure.STORAGE}
    return {
        driver: np.array(
            [module.service_name(stream) == service and module.is_usage(stream) for stream in bill.streams]
        )[lines.stream]
        for driver, service in of_service.items()
    }


def _scopes(bill: BigBill | SmallBill, lines: Lines) -> dict[str, Any]:
    regions = np.array([str(stream.constants.get("product_region_code") or "") for stream in bill.streams])
    return {"source_id": bill.source_id, "region_id": regions[lines.stream]}


def _invoices(bill: BigBill | SmallBill, month: Month, lines: Lines, calendar: Calendar) -> list[Invoice]:
    files = {aws.SOURCE_ID: "amazon", azure.SOURCE_ID: "microsoft", gcp.SOURCE_ID: "google"}
    tax_rows = bill.tax_rows(lines)
    google = isinstance(bill, gcp.GoogleBill)
    # a contract's instalment is invoiced when it begins, whatever is left of the month
    is_running = calendar.is_open(month) and not isinstance(bill, SaasContracts)
    is_open = is_running or (google and month == calendar.months[-1])
    invoices = []
    for invoice_id, account, issuer, rows in bill.invoice_of(lines, month):
        exported = int(lines.billed[rows].sum())
        tax = int(lines.billed[rows][tax_rows[rows]].sum())
        subtotal = round_to_cents(exported - tax)
        if bill.tax_beside is not None:
            tax = round_to_cents(subtotal * bill.tax_beside // 100)
        if is_open:
            # so far: an invoice that is not issued yet lags behind the export
            subtotal, tax = round_to_cents(subtotal * 97 // 100), round_to_cents(tax * 97 // 100)
        invoices.append(
            Invoice(
                file=files.get(bill.source_id, bill.source_id),
                issuer=issuer,
                invoice_id="" if is_running else invoice_id,
                billing_account_id=account,
                month=month,
                currency=bill.currency,
                subtotal=subtotal,
                tax=tax,
                status="open" if is_open else "issued",
                exported=exported,
                tax_in_export=bill.tax_beside is None,
                rows=len(rows),
            )
        )
    return invoices


def _deliver_small(
    bill: SmallBill, location: Path, pools: list[Pool], truth: Truth, calendar: Calendar
) -> list[Invoice]:
    """Write a small bill with its truth; returns its invoices."""
    invoices: list[Invoice] = []
    months: dict[Month, Lines] = {}
    outcomes = {}
    for month in calendar.months:
        lines = bill.lines(month)
        outcome = truth.charges(bill.source_id, bill.currency, month, bill.streams, lines, _measured(bill, lines))
        truth.note_windows(month, lines, outcome, pools, _scopes(bill, lines))
        invoices += _invoices(bill, month, lines, calendar)
        months[month], outcomes[month] = lines, outcome
    for delivery, placed in bill.deliver(location, months):
        truth.deliveries.append(delivery)
        for item in placed:
            pieces = [(item.month, bill.streams, months[item.month].take(item.rows), outcomes[item.month][item.rows])]
            truth.write_file(bill.source_id, bill.currency, item.file, pieces, item.numbers)
    return invoices


def _truth_of_files(
    bill: aws.AmazonBill | azure.MicrosoftBill,
    month: Month,
    lines: Lines,
    outcome: Any,
    delivery: Delivery,
    truth: Truth,
) -> None:
    start = 0
    for file in delivery.files:
        rows = np.arange(start, start + file.rows, dtype=np.int64)
        truth.write_file(bill.source_id, bill.currency, file, [(month, bill.streams, lines.take(rows), outcome[rows])])
        start += file.rows


def _deliver_folders(
    bill: gcp.GoogleBill,
    location: Path,
    month: Month,
    lines: Lines,
    outcome: Any,
    late: dict[Month, list[tuple[Month, Lines, Any]]],
    truth: Truth,
    calendar: Calendar,
) -> None:
    """Write the export month of an invoice month with the late lines of the month before; at the end, the rest."""
    is_late = bill.exported_late(lines, month) & (not calendar.is_open(month))
    early_rows, late_rows = np.flatnonzero(~is_late), np.flatnonzero(is_late)
    early = (month, lines.take(early_rows), outcome[early_rows])
    late[month.next].append((month, lines.take(late_rows), outcome[late_rows]))
    first_run = at(month.day(4), hour=4)
    older = bill.superseded(early[1], month)
    if len(older) and not calendar.is_open(month):
        files, _ = bill.write_folder(location, month, first_run, [(month, older)])
        truth.deliveries.append(
            Delivery(bill.source_id, month.key, month.key, f"{first_run:%Y%m%dT%H%M%SZ}", False, files)
        )
    folders = [(month, [*late.pop(month, []), early])]
    if month == calendar.months[-1] and len(late_rows):
        folders.append((month.next, late.pop(month.next)))
    for folder, content in folders:
        run = gcp.run_time(folder)
        files, layout = bill.write_folder(location, folder, run, [(item[0], item[1]) for item in content])
        by_month = {item[0]: item for item in content}
        delivery = Delivery(bill.source_id, "", folder.key, f"{run:%Y%m%dT%H%M%SZ}", True, files)
        delivery.billing_period = ",".join(item[0].key for item in content)
        truth.deliveries.append(delivery)
        for file, ranges in zip(files, layout, strict=True):
            pieces = []
            for invoice_month, start, stop in ranges:
                rows = np.arange(start, stop, dtype=np.int64)
                _, some, numbers = by_month[invoice_month]
                pieces.append((invoice_month, bill.streams, some.take(rows), numbers[rows]))
            truth.write_file(bill.source_id, bill.currency, file, pieces)


def _rates(calendar: Calendar) -> dict[tuple[str, str], Decimal]:
    rates = {}
    for index, month in enumerate(calendar.months):
        rates.update({(month.key, currency): Decimal(rate) for currency, rate in fx_rates(index).items()})
        rates[(month.key, REPORTING_CURRENCY)] = Decimal(1)
    return rates


def _write_estate(directory: Path, bills: Sequence[BigBill | SmallBill], calendar: Calendar) -> Path:
    sources = []
    for bill in bills:
        folder = bill.source_id.removesuffix("-main")
        source = {"id": bill.source_id, "kind": bill.kind, "location": f"./exports/{folder}"}
        if bill.bounded:
            source |= {"first_period": calendar.months[0].key, "last_period": calendar.months[-1].key}
        sources.append(source)
    feeds = [
        {"id": source_id, "kind": kind, "location": f"./feeds/{folder}"}
        for source_id, kind, folder in (*FEEDS, *PLATFORM_FEEDS)
    ]
    content = {
        "reporting_currency": REPORTING_CURRENCY,
        "sources": [*sources, *feeds],
        "invoices": {"location": "./invoices"},
        "contracts": {"location": "./contracts"},
        "policy": "./policy",
    }
    path = directory / "estate.yml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path
