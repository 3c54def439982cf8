"""Bad CSV is refused by file and line or row, nothing of its delivery lands, and the other sources go on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.estate import Estate, Source
from orchestration.home import Home
from orchestration.landing import in_force, land_source
from orchestration.landing.kinds import KINDS
from orchestration.runs.planning import land_and_plan
from orchestration.runs.report import report_lines, report_of
from orchestration.runs.workspace import Workspace
from tests.python.providers.files import (
    Files,
    currency_column,
    deliver,
    money_column,
    other_number,
    period_columns,
    spelled,
    table_of,
)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file.

    Attributes:
        name: in words.
        message: pattern of what the refusal must say.
        column: the column whose cells become ``value``; '' for faults of the text itself.
        value: of each cell.
    """

    name: str
    message: str
    column: str = ""
    value: str = ""


def faults(kind: str) -> list[Fault]:
    """The faults that a kind's files can have."""
    period, currency = period_columns(kind), currency_column(kind)
    found = [
        Fault("duplicate header", r":1: found the column .* twice"),
        Fault("ragged row", r":\d+: found \d+ values"),
        *(
            Fault(f"number {text}", re.escape(repr(text)), money_column(kind), text)
            for text in (
                "+1.5",
                "1,234.50",
                "Infinity" if kind == "opencost" else "NaN",
            )  # there NaN is nothing measured
        ),
    ]
    other = other_number(kind)
    if other and not table_of(kind).null_words:
        found.append(Fault("word for no number", re.escape(f"{other}: found 'NULL'"), other, "NULL"))
    if currency:
        found.append(Fault("unknown currency", "XXQ", currency, "XXQ"))
    if period:
        found.append(Fault("period end before start", "2001-01-01", period[1], "2001-01-01"))
    return found


def make(kind: str, fault: Fault, files: Files, path: str, file: Path) -> None:
    """Write the fault into a file."""

    def change(record: dict[str, str]) -> None:
        record[spelled(kind, record)[fault.column]] = fault.value

    if fault.column:
        files.change(change, only=path)
        return
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    if fault.name == "duplicate header":
        lines = [f"{line},{lines[0].split(',')[0]}" for line in lines]
    else:
        lines[-1] += ",more"
    file.write_text("\n".join(lines) + "\n")
    files.repair_manifests()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_bad_input_is_refused_by_name_and_the_others_go_on(kind: str, tmp_path: Path) -> None:
    deliver(kind, tmp_path / "model")
    counting = landed_paths(kind, tmp_path / "model", tmp_path / "home")
    model = Files(tmp_path / "model")
    model.save()
    made = 0
    for number, fault in enumerate(faults(kind)):
        root = tmp_path / str(number)
        paths = [
            path
            for path in model.paths
            if path in counting
            and path.endswith(".csv")
            and (not fault.column or all(fault.column in spelled(kind, record) for record in model.records(path)))
        ]
        if not paths:
            continue  # no file of text, or none with such a column: the kind cannot have the fault
        deliver(kind, root / "bad")
        deliver("driver_usage", root / "good")
        sources = tuple(
            Source(id=name, kind=of_kind, location=str(root / name))
            for name, of_kind in (("bad", kind), ("good", "driver_usage"))
        )
        estate = Estate(path=root / "estate.yml", reporting_currency="USD", sources=sources)
        workspace = Workspace(Home.of(root / "home"), estate)
        files, path = Files(root / "bad"), paths[-1]
        files.save()

        make(kind, fault, files, path, root / "bad" / path)
        plan = land_and_plan(workspace)

        name = Path(path).name
        told = [str(refusal) for refusal in plan.refusals]
        assert any(name in text and re.search(fault.message, text) for text in told), (fault, told)
        assert all(re.search(r":\d+: |row \d+", text) for text in told if name in text), (fault, told)
        landed = in_force(workspace.home, workspace.estate)
        of_bad = {file.path for receipt in landed if receipt.source_id == "bad" for file in receipt.files}
        assert path not in of_bad, fault
        assert any(receipt.source_id == "good" for receipt in landed), fault
        said = list(report_lines(report_of(workspace, plan, [], 2)))
        assert any(line.startswith("refused: bad: ") and name in line for line in said), (fault, said)
        made += 1
    assert made >= 5 or not any(path.endswith(".csv") for path in counting)


def landed_paths(kind: str, folder: Path, home: Path) -> set[str]:
    """The files that count when nothing is wrong with them."""
    result = land_source(Source(id="bad", kind=kind, location=str(folder)), Home.of(home))
    assert result.refusals == []
    return {file.path for receipt in result.receipts for file in receipt.files}


RESERVATION = "reservation_reservation_a_r_n"
UNUSED_FEES = ("reservation_unused_recurring_fee", "reservation_unused_amortized_upfront_fee_for_billing_period")


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("SavingsPlanCoveredUsage", ("savings_plan_savings_plan_effective_cost",)),
        ("SavingsPlanRecurringFee", ("savings_plan_total_commitment_to_date",)),
        ("SavingsPlanRecurringFee", ("savings_plan_used_commitment",)),
        ("DiscountedUsage", ("reservation_effective_cost",)),
        ("RIFee", UNUSED_FEES),
    ],
)
def test_a_line_of_a_commitment_without_its_amount_is_refused_by_row(
    line: str, columns: tuple[str, ...], tmp_path: Path
) -> None:
    deliver("aws_cur2", tmp_path / "bill")
    files = Files(tmp_path / "bill")
    path = next(path for path in files.paths if "BILLING_PERIOD=2026-05" in path and "0f3a" in path)
    row, record = next(
        (row, record) for row, record in enumerate(files.records(path), 1) if record["line_item_line_item_type"] == line
    )
    record.update(dict.fromkeys(columns, ""))
    files.save()

    source = Source(id="bill", kind="aws_cur2", location=str(tmp_path / "bill"))
    result = land_source(source, Home.of(tmp_path / "home"))

    assert {receipt.billing_period for receipt in result.receipts} == {"2026-06"}
    (refusal,) = map(str, result.refusals)
    assert f"{path}, row {row}: {' or '.join(columns)}: found nothing, but line_item_line_item_type {line}" in refusal


def test_a_reservation_of_which_aws_gives_no_amount_at_all_lands(tmp_path: Path) -> None:
    deliver("aws_cur2", tmp_path / "bill")

    def change(record: dict[str, str]) -> None:
        if record[RESERVATION].endswith("/r-1"):
            record.update(dict.fromkeys(("reservation_effective_cost", *UNUSED_FEES), ""))

    Files(tmp_path / "bill").change(change)

    assert landed_paths("aws_cur2", tmp_path / "bill", tmp_path / "home")


@pytest.mark.parametrize(
    ("kind", "column", "value", "message"),
    [
        ("gcp_detailed", "usage", {"amount": "1,234.50"}, "usage.amount: found '1,234.50'"),
        ("gcp_detailed", "price", {"list_price": "NaN"}, "price.list_price: found 'NaN'"),
        ("focus", "x_EffectiveCostInUsd", "+1.5", "x_EffectiveCostInUsd: found '+1.5'"),
    ],
)
def test_a_number_within_json_and_one_that_only_travels_are_checked_too(
    kind: str, column: str, value: object, message: str, tmp_path: Path
) -> None:
    deliver(kind, tmp_path / "bill")
    files = Files(tmp_path / "bill")

    def change(record: dict[str, object]) -> None:
        record[column] = value

    files.change(change)

    result = land_source(Source(id="bill", kind=kind, location=str(tmp_path / "bill")), Home.of(tmp_path / "home"))

    assert result.receipts == []
    assert all(f", row 1: {message}" in str(refusal) for refusal in result.refusals)
