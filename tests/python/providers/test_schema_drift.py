"""A column that appears, disappears or changes its type is told, loses no money, and blocks where money hangs on it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from orchestration.estate import Estate, Source
from orchestration.home import Home
from orchestration.landing import LandingResult, column_changes, in_force, land_source
from orchestration.landing.drift import ColumnChanges
from orchestration.landing.kinds import KINDS
from tests.python.providers.conftest import Built
from tests.python.providers.drifting import AS_ALWAYS, CHANGED, DRIFTING, NEW, WITHOUT_MONEY, total
from tests.python.providers.files import (
    Files,
    deliver,
    holder,
    money_column,
    must_be_there,
    optional_column,
    spelled,
)


class Place:
    """A source of one kind that has been landed, and whose files change."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder, self.home = kind, folder / "exports", Home.of(folder / "home")
        deliver(kind, self.folder)
        self.source = Source(id="main", kind=kind, location=str(self.folder))
        self.estate = Estate(path=folder / "estate.yml", reporting_currency="USD", sources=(self.source,))
        assert self.land().refusals == []
        self.before = self.costs()
        self.files = Files(self.folder)

    def land(self) -> LandingResult:
        return land_source(self.source, self.home)

    def land_changed(self) -> LandingResult:
        """Land the files that have changed; where files are never written again, as a source of its own."""
        if KINDS[self.kind].is_append_only:
            self.home = Home.of(self.folder.parent / "fresh")
        return self.land()

    def costs(self) -> dict[tuple[str, str], tuple[int, Decimal | None]]:
        """Rows and cash in force, by month and scope."""
        return {
            (receipt.billing_period, receipt.scope): (receipt.row_count, receipt.billed_cost)
            for receipt in in_force(self.home, self.estate)
        }

    def changes(self) -> list[ColumnChanges]:
        return list(column_changes(self.home, self.estate).values())


@pytest.fixture(params=sorted(KINDS))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(request.param, tmp_path)


def test_a_column_that_appears_is_told_and_one_that_disappears_too(place: Place) -> None:
    lost = optional_column(place.kind, place.files)

    def change(record: dict[str, object]) -> None:
        record.pop(spelled(place.kind, record).get(lost, lost), None)
        record["brand_new"] = "news"

    place.files.change(change)
    result = place.land_changed()

    assert result.refusals == []
    assert result.receipts
    assert place.costs() == place.before
    assert any("brand_new" in receipt.drift.undeclared for receipt in result.receipts)
    assert any("brand_new" in changes.appeared for changes in place.changes())
    if KINDS[place.kind].is_append_only:
        assert any(lost in receipt.drift.absent for receipt in result.receipts), lost
    else:
        assert any(lost in changes.disappeared for changes in place.changes()), lost
    assert "new: brand_new" in " ".join(map(str, place.changes()))


def test_lost_money_and_lost_keys_block(place: Place, tmp_path: Path) -> None:
    records = list(place.files.records())
    needed = [
        column for column in must_be_there(place.kind) if any(holder(place.kind, record, column) for record in records)
    ]
    assert needed
    for number, column in enumerate(dict.fromkeys(needed)):
        other = Place(place.kind, tmp_path / str(number))

        def lose(record: dict[str, object], column: str = column) -> None:
            found = holder(place.kind, record, column)
            if found:
                found[0].pop(found[1])

        other.files.change(lose)
        result = other.land_changed()

        assert result.receipts == [], column
        assert result.refusals, column
        assert any(column.split("_")[0] in str(refusal) for refusal in result.refusals), column
        assert other.costs() == ({} if KINDS[place.kind].is_append_only else other.before), "what was in force stays"


# JSON has types, and these kinds arrive as JSON or as Parquet without a manifest that names the files.
IN_JSON = ("anthropic_costs", "anthropic_usage", "gcp_detailed", "gcp_focus", "openai_costs", "openai_usage")
IN_PARQUET = ("databricks_usage", "driver_usage", "focus", "snowflake_usage")


@pytest.mark.parametrize("kind", IN_JSON)
def test_money_that_changes_its_type_in_json_is_told_and_stays_what_it_is(kind: str, tmp_path: Path) -> None:
    place, column = Place(kind, tmp_path), money_column(kind)

    def turn(record: dict[str, object]) -> None:
        found = holder(kind, record, column)
        if found and found[0][found[1]] is not None:
            value = found[0][found[1]]
            found[0][found[1]] = float(value) if isinstance(value, str) else str(value)

    place.files.change(turn)
    result = place.land_changed()

    assert result.refusals == []
    assert place.costs() == place.before
    assert {name for changes in place.changes() for name in changes.retyped} in (
        {f"{column} (number, now text)"},
        {f"{column} (text, now number)"},
    )


@pytest.mark.parametrize(("then", "now"), [("text", "number"), ("number", "text")])
@pytest.mark.parametrize("kind", IN_PARQUET)
def test_money_that_changes_its_type_in_parquet_is_told_and_stays_what_it_is(
    kind: str, then: str, now: str, tmp_path: Path
) -> None:
    place, column = Place(kind, tmp_path), money_column(kind)
    types = {"text": pa.string(), "number": pa.decimal128(38, 18)}

    place.home = Home.of(tmp_path / "typed")
    place.files.save_as_parquet(lambda name: types[then] if name == column else pa.string())
    assert place.land().refusals == []
    assert place.costs() == place.before
    place.files.save_as_parquet(lambda name: types[now] if name == column else pa.string())
    assert place.land().refusals == []

    assert place.costs() == place.before
    assert {name for changes in place.changes() for name in changes.retyped} == {f"{column} ({then}, now {now})"}


def test_money_that_becomes_text_blocks(place: Place) -> None:
    column = money_column(place.kind)

    def spell_out(record: dict[str, object]) -> None:
        found = holder(place.kind, record, column)
        if found:
            found[0][found[1]] = "twelve"

    place.files.change(spell_out)
    result = place.land_changed()

    assert result.receipts == []
    assert any("'twelve'" in str(refusal) for refusal in result.refusals)
    assert place.costs() == ({} if KINDS[place.kind].is_append_only else place.before), "what was in force stays"


@pytest.mark.parametrize("source", sorted(DRIFTING))
def test_a_bill_whose_columns_change_is_built_in_full_and_told(source: str, built: Built) -> None:
    _, _, money, lost = DRIFTING[source]

    assert built.landed[f"{source} {CHANGED}"].refusals == []
    for month in (AS_ALWAYS, CHANGED):
        for metric in ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost"):
            assert built.total(source, metric, month) == total(month), (month, metric)
    ((told,),) = built.query(
        "select changed_columns from audit.audit_landing where source_id = $1 and billing_period = $2", source, CHANGED
    )
    assert told == f"new: {NEW}; gone: {lost}; of another type: {money} (number, now text)"
    carried = built.charges(source, "x_provider_columns", f"x_billing_period = '{CHANGED}'")
    assert len(carried) == 2
    assert all(json.loads(columns)[NEW] == "news" for (columns,) in carried)


@pytest.mark.parametrize("source", sorted(DRIFTING))
def test_a_bill_that_lost_its_money_is_refused_and_the_months_before_it_stand(source: str, built: Built) -> None:
    result = built.landed[f"{source} {WITHOUT_MONEY}"]

    assert result.receipts == []
    assert any(f"found no money column {DRIFTING[source][2]}" in str(refusal) for refusal in result.refusals)
    assert built.charges(source, "distinct x_billing_period", order="1") == [(AS_ALWAYS,), (CHANGED,)]
