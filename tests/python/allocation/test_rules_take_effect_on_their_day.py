"""What changes on the 17th changes cost from the 17th: the same charge on the 16th and on the 17th, case by case."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest

from expectations.gate import run_gate
from orchestration.warehouse.connection import connect
from tests.python.allocation.boundary_estate import NAMESPACES
from tests.python.allocation.estate import BuiltEstate

Parts = dict[str, Decimal]


@pytest.fixture
def warehouse(boundary_estate: BuiltEstate) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(boundary_estate.home, read_only=True) as connection:
        yield connection


def borne(warehouse: duckdb.DuckDBPyConnection, service: str, moment: str = "") -> Parts:
    """Return who bears the charges of a service that begin at a moment (a day, or a day and hour)."""
    rows = warehouse.execute(
        "select x_domain_id, sum(EffectiveCost) from finance.focus_allocated_cost_and_usage "
        "where ServiceName = $1 and strftime(ChargePeriodStart, '%Y-%m-%dT%H') like '2026-09-' || $2 || '%' "
        "group by all",
        [service, moment],
    ).fetchall()
    return dict(rows)


def both_days(warehouse: duckdb.DuckDBPyConnection, service: str) -> tuple[Parts, Parts]:
    return borne(warehouse, service, "16"), borne(warehouse, service, "17")


@pytest.mark.parametrize(
    ("case", "before", "after"),
    [
        ("rule", {"shop": 1}, {"bank": 1}),
        ("override", {"platform": 1}, {"shop": 1}),
        ("domain", {"app-in-retail": 1}, {"app-in-finance": 1}),
        ("alias", {"unallocated": 1}, {"bank": 1}),
        ("cmdb", {"shop": 1}, {"bank": 1}),
        ("account", {"shop": 1}, {"bank": 1}),
        # the targets of a pool
        ("dns", {"shop": 8}, {"shop": 4, "bank": 4}),
        # the fixed part of a pool that is measured over the month: 0.2 + 0.8 * 3/4, then 0.6 + 0.4 * 3/4
        ("base", {"shop": 80, "bank": 20}, {"shop": 90, "bank": 10}),
        # the resolution of pools that feed each other
        ("cloud", {"shop": 750, "bank": 250}, None),
        ("monitoring", {"shop": 250, "bank": 250}, None),
    ],
)
def test_a_change_moves_cost_from_its_day_and_not_before(
    warehouse: duckdb.DuckDBPyConnection, case: str, before: Parts, after: Parts | None
) -> None:
    found = both_days(warehouse, case)
    assert found[0] == before
    if after is not None:
        assert found[1] == after


def test_pools_feed_each_other_from_the_day_on_which_that_is_decided(warehouse: duckdb.DuckDBPyConnection) -> None:
    _, cloud = both_days(warehouse, "cloud")
    _, monitoring = both_days(warehouse, "monitoring")
    shop, bank = (cloud[team] + monitoring[team] for team in ("shop", "bank"))
    assert shop + bank == 1500
    assert (round(shop, 4), round(bank, 4)) == (Decimal("994.6809"), Decimal("505.3191"))
    ways = warehouse.execute(
        "select via_pool_id, domain_id, target_pool_id, round(arriving_share, 6), round(share_of_arriving, 6), "
        "resolution "
        "from finance.fct_pool_chains where pool_id = 'cloud' and window_start = '2026-09-17' order by all"
    ).fetchall()
    assert ways == [
        ("cloud", "bank", None, 1.06383, 0.2, "reciprocal"),
        ("cloud", "shop", None, 1.06383, 0.6, "reciprocal"),
        ("cloud", None, "monitoring", 1.06383, 0.2, "reciprocal"),
        ("monitoring", "bank", None, 0.212766, 0.35, "reciprocal"),
        ("monitoring", "shop", None, 0.212766, 0.35, "reciprocal"),
        ("monitoring", None, "cloud", 0.212766, 0.3, "reciprocal"),
    ]


def test_ways_of_pools_sum_to_the_shares_they_are_made_of(warehouse: duckdb.DuckDBPyConnection) -> None:
    differing = warehouse.execute(
        """
        with ways as (
            select pool_id, scope_key, window_start, domain_id, sum(share_of_pool) as share
            from finance.fct_pool_chains where domain_id is not null group by all
        )
        select * from finance.fct_allocation_shares as shares
        full join ways using (pool_id, scope_key, window_start, domain_id)
        where shares.resolution is not null and abs(share_to - share_from - share) > 1e-12
            or shares.resolution is not null and share is null or pool_version is null
        """
    ).fetchall()
    assert differing == []


def test_resolutions_are_compared_per_cost_centre_and_none_loses_money(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select cost_centre, published_resolution, effective_cost, direct_cost, step_down_cost, reciprocal_cost, "
        "direct_difference, step_down_difference, reciprocal_difference "
        "from finance.allocation_method_comparison where billing_period = '2026-09'"
    ).fetchall()
    ((ledger,),) = warehouse.execute(
        "select sum(effective_cost) from finance.fct_allocated_costs where billing_period = '2026-09'"
    ).fetchall()
    assert all(sum(row[column] for row in rows) == ledger for column in range(2, 6))
    assert all(row[2 + column] == row[2] + row[5 + column] for row in rows for column in range(1, 4))
    by_centre = {row[0]: row for row in rows}
    assert by_centre["CC-1"][1] == "changed"
    # of each day's 1,500, shop bears 1,000 directly, 950 step by step, 994.6809 at once; published is a day of each
    published = Decimal("1000") + Decimal("994.680851")
    expected = (2000 - published, 1900 - published, 2 * Decimal("994.680851") - published)
    assert [round(value, 4) for value in by_centre["CC-1"][6:9]] == [round(value, 4) for value in expected]


def test_windows_measure_the_time_they_say(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert borne(warehouse, "by-last-month") == {"shop": 6, "bank": 4}
    assert both_days(warehouse, "by-three-days") == ({"shop": 8}, {"shop": 4, "bank": 4})
    assert borne(warehouse, "by-hour", "16T10") == {"shop": 8}
    assert borne(warehouse, "by-hour", "16T11") == {"bank": 8}


def test_a_fallback_takes_over_where_the_driver_is_silent(warehouse: duckdb.DuckDBPyConnection) -> None:
    parts = borne(warehouse, "by-hour", "16T12")
    assert sum(parts.values()) == 8
    assert len(parts) == 9
    told = warehouse.execute(
        "select distinct attempt, attempt_reason, reason from finance.fct_allocation_shares "
        "where pool_id = 'by-hour' and window_hour = 12"
    ).fetchall()
    assert told == [(1, "no_driver", None)]


def test_what_was_not_used_goes_to_the_buyer_the_users_or_a_central_owner(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert borne(warehouse, "unused-buyer") == {"bank": 40}
    assert borne(warehouse, "unused-use") == {"shop": 30, "bank": 10}
    assert borne(warehouse, "unused-central") == {"platform": 40}


def test_an_environment_is_divided_among_its_own(warehouse: duckdb.DuckDBPyConnection) -> None:
    parts = warehouse.execute(
        "select scope_key, domain_id from finance.fct_allocation_shares where pool_id = 'by-environment' order by all"
    ).fetchall()
    assert parts == [("dev", "lab"), ("prod", "bank"), ("prod", "shop")]


def test_a_cluster_that_does_not_foot_is_blocked_until_its_gap_is_shown_as_idle(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    results = [check for check in run_gate(warehouse, "2026-09").results if check.table == "audit.audit_shares"]
    messages = [message for check in results for message in check.messages]
    assert messages == [
        "pool nodes version 1 in prod-1 from 2026-09-17, what its targets hold by driver cpu (USD) of the effective "
        "cost of the pool; show a gap as idle: expected 28,400.00, found 25,360.00, difference -3,040.00"
    ]
    parts = borne(warehouse, "nodes")
    assert sum(parts.values()) == 56_800
    idle = warehouse.execute(
        "select sum(effective_cost) from finance.fct_charge_splits as splits "
        "inner join finance.fct_allocation_shares as shares using (share_id) "
        "where splits.pool_id = 'nodes' and shares.scope_key = 'prod-2' and splits.domain_id = 'platform'"
    ).fetchall()
    assert [round(row[0], 6) for row in idle] == [3040]
    assert set(parts) == {*NAMESPACES, "platform"}


def test_an_override_that_expired_is_a_warning(warehouse: duckdb.DuckDBPyConnection) -> None:
    warned = [
        message
        for check in run_gate(warehouse, "2026-09").results
        if check.table == "audit.audit_thresholds" and check.severity == "warning"
        for message in check.messages
    ]
    assert any("dated overrides that expired, 2026-09 (lent of fin on 2026-09-17)" in message for message in warned)
