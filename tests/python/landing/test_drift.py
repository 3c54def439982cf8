"""What is told of columns: how a delivery differs from the one before it of its scope."""

from __future__ import annotations

import datetime as dt

from orchestration.landing.drift import ColumnChanges, changes_of
from orchestration.landing.receipts import Drift, Receipt


def receipt(
    name: str, columns: dict[str, str], *, scope: str = "", month: str = "2026-05", day: int = 2, undeclared: str = ""
) -> Receipt:
    return Receipt(
        delivery_id=name,
        source_id="main",
        kind="azure_cost_details",
        billing_period=month,
        scope=scope,
        delivered_at=dt.datetime(2026, 6, day),
        manifest=None,
        files=(),
        row_count=1,
        declared_row_count=None,
        cost_column=None,
        billed_cost=None,
        currencies=(),
        found_columns=tuple(columns),
        landed_columns=(),
        drift=Drift(undeclared=tuple(undeclared.split())),
        column_types={column: kind for column, kind in columns.items() if kind},
    )


def test_scopes_that_differ_for_good_are_no_news() -> None:
    enterprise = [receipt(f"e{month}", {"Cost": "", "PlanName": ""}, scope="ea", month=month) for month in ("05", "06")]
    partner = [
        receipt(f"p{month}", {"cost": "", "partnerName": ""}, scope="csp", month=month) for month in ("05", "06")
    ]

    assert not any(changes_of([*enterprise, *partner], ()).values())


def test_the_first_of_a_scope_tells_what_nobody_declared() -> None:
    first = receipt("a", {"Cost": "", "New": ""}, scope="ea", undeclared="New")
    second = receipt("b", {"Cost": "", "New": ""}, scope="csp", undeclared="New", day=3)
    again = receipt("c", {"Cost": "", "New": ""}, scope="csp", undeclared="New", day=4)

    assert changes_of([again, second, first], ()) == {
        "a": ColumnChanges(appeared=("New",)),
        "b": ColumnChanges(appeared=("New",)),
        "c": ColumnChanges(),
    }


def test_a_month_is_compared_with_the_newest_of_its_scope_before_it() -> None:
    may = receipt("a", {"Cost": "number", "Tag": ""}, scope="ea")
    restated = receipt("b", {"Cost": "number", "Tag": "", "Zone": ""}, scope="ea", day=9)
    june = receipt("c", {"cost": "text", "Zone": ""}, scope="ea", month="2026-06", day=3)

    assert changes_of([june, may, restated], ("b", "c")) == {
        "a": ColumnChanges(),
        "b": ColumnChanges(appeared=("Zone",)),
        "c": ColumnChanges(disappeared=("Tag",), retyped=("cost (number, now text)",)),
    }
