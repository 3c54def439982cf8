"""What the engine makes of the sample estate is what the estate's maker knows to be true, charge by charge."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import duckdb
import pytest

from orchestration.warehouse.connection import connect
from tests.python.allocation.estate import BuiltEstate

LAST_DIGIT = Fraction(1, 10**12)


@pytest.fixture
def warehouse(built_estate: BuiltEstate) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(built_estate.home) as connection:
        truth = built_estate.root / "truth"
        connection.execute(f"create temp table true_charges as from '{truth}/charges.parquet' where emitted")
        connection.execute(f"create temp table true_shares as from '{truth}/shares.parquet'")
        connection.execute(
            "create temp table charges as select charges.*, focus.RegionId as region_id, "
            "focus.x_charge_id as charge_id, focus.BilledCost as focus_billed_cost, "
            "focus.EffectiveCost as focus_effective_cost "
            "from true_charges as charges inner join finance.focus_cost_and_usage as focus "
            "on charges.source_id = focus.x_source_id and charges.source_file = focus.x_source_file "
            "and charges.source_row = focus.x_source_row "
            "and (charges.part is null or charges.charge_date = focus.x_charge_date "
            "and charges.part in (focus.ResourceId, focus.ChargeCategory))"
        )
        yield connection


def test_every_charge_has_a_truth_to_compare_with(warehouse: duckdb.DuckDBPyConnection) -> None:
    counts = warehouse.execute(
        "select (select count(*) from charges), (select count(*) from finance.focus_cost_and_usage), "
        "(select count(distinct (source_id, source_file, source_row, part, kind, charge_date)) from charges), "
        "(select count(*) from true_charges)"
    ).fetchone()
    assert counts is not None
    assert counts[0] == counts[1] > 5000
    assert counts[2] == counts[3]


def test_shares_of_every_pool_are_the_true_ones(warehouse: duckdb.DuckDBPyConnection) -> None:
    keys = "pool_id, pool_version, scope_key, billing_period, window_start, domain_id"
    true = warehouse.execute(f"select {keys}, numerator, denominator, reason from true_shares").fetchall()
    expected = {row[:6]: (Fraction(row[6]) / Fraction(row[7]), row[8]) for row in true if Fraction(row[6])}
    made = warehouse.execute(
        f"select {keys}, share_from, share_to, reason from allocation.allocation_shares "
        "where pool_id in (select pool_id from true_shares)"
    ).fetchall()
    found = {row[:6]: (Fraction(row[6]), Fraction(row[7]), row[8]) for row in made}
    assert found.keys() == expected.keys()
    assert len({key[0] for key in found}) == 19
    for key, (share_from, share_to, reason) in found.items():
        share, true_reason = expected[key]
        assert abs(share_to - share_from - share) < Fraction(1, 10**15), key
        assert reason == true_reason, key


def test_every_charge_with_one_owner_goes_to_the_true_one_as_a_whole(warehouse: duckdb.DuckDBPyConnection) -> None:
    wrong = warehouse.execute(
        "select charges.source_id, charges.source_file, charges.source_row from charges "
        "left join finance.fct_charge_splits as splits using (source_id, billing_period, charge_id) "
        "where charges.pool_id is null and (splits.domain_id is distinct from charges.domain_id "
        "or splits.billed_cost is distinct from focus_billed_cost "
        "or splits.effective_cost is distinct from focus_effective_cost or splits.allocation_method is not null)"
    ).fetchall()
    assert wrong == []


def test_every_shared_charge_goes_to_the_true_owners_in_the_true_parts(warehouse: duckdb.DuckDBPyConnection) -> None:
    true_shares: dict[tuple[object, ...], list[tuple[str, Fraction]]] = {}
    for pool, period, scope, start, domain, numerator, denominator in warehouse.execute(
        "select pool_id, billing_period, scope_key, window_start, domain_id, numerator, denominator from true_shares"
    ).fetchall():
        share = Fraction(numerator) / Fraction(denominator)
        true_shares.setdefault((pool, period, scope, start), []).append((domain, share))
    parts: dict[int, list[tuple[str, Fraction, Fraction]]] = {}
    for charge, domain, billed, effective in warehouse.execute(
        "select charge_id, domain_id, billed_cost, effective_cost from finance.fct_charge_splits "
        "where pool_id in (select pool_id from true_shares) order by charge_id, share_from"
    ).fetchall():
        parts.setdefault(charge, []).append((domain, Fraction(billed), Fraction(effective)))
    shared = warehouse.execute(
        "select charges.charge_id, charges.pool_id, charges.billing_period, focus_billed_cost, focus_effective_cost, "
        "case when pools.scope_by = 'region_id' then coalesce(charges.region_id, '') "
        "when pools.scope_by = 'source_id' then charges.source_id else '' end, "
        "case when pools.driver_id is null or pools.driver_window = 'charge_day' then charges.charge_date "
        "else cast(charges.billing_period || '-01' as date) end "
        "from charges inner join policy.pools as pools on charges.pool_id = pools.pool_id "
        "and charges.charge_date >= pools.valid_from and charges.charge_date < pools.valid_to "
        "where charges.pool_id in (select pool_id from true_shares)"
    ).fetchall()
    assert parts.keys() == {row[0] for row in shared}
    for charge, pool, period, billed, effective, scope, start in shared:
        expected = sorted(pair for pair in true_shares[(pool, period, scope, start)] if pair[1])
        assert [domain for domain, _, _ in parts[charge]] == [domain for domain, _ in expected]
        assert sum(part for _, part, _ in parts[charge]) == Fraction(billed)
        assert sum(part for _, _, part in parts[charge]) == Fraction(effective)
        for (_, share), (_, billed_part, effective_part) in zip(expected, parts[charge], strict=True):
            assert abs(billed_part - Fraction(billed) * share) <= LAST_DIGIT + abs(Fraction(billed)) / 10**15
            assert abs(effective_part - Fraction(effective) * share) <= LAST_DIGIT + abs(Fraction(effective)) / 10**15


def test_summable_columns_of_the_focus_view_add_up_to_the_charge(warehouse: duckdb.DuckDBPyConnection) -> None:
    columns = [
        *("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "PricingCurrencyEffectiveCost"),
        *("ConsumedQuantity", "PricingQuantity", "CommitmentDiscountQuantity"),
    ]
    sums = ", ".join(f"sum({column}) as {column}" for column in columns)
    differs = " or ".join(f"allocated.{column} is distinct from focus.{column}" for column in columns)
    wrong = warehouse.execute(
        f"with allocated as (select x_charge_id, {sums} "
        "from finance.focus_allocated_cost_and_usage group by x_charge_id) "
        "select focus.x_charge_id from finance.focus_cost_and_usage as focus "
        f"full join allocated on allocated.x_charge_id = focus.x_charge_id where {differs}"
    ).fetchall()
    assert wrong == []


def test_allocated_columns_are_filled_on_shared_charges_only(warehouse: duckdb.DuckDBPyConnection) -> None:
    kinds = warehouse.execute(
        "select distinct x_pool_id is not null, x_domain_id = 'unallocated', AllocatedMethodId is not null, "
        "json_valid(AllocatedMethodDetails), AllocatedResourceId is not null, AllocatedResourceName is not null, "
        "json_valid(AllocatedTags) from finance.focus_allocated_cost_and_usage"
    ).fetchall()
    assert set(kinds) == {
        (False, False, False, None, False, False, None),
        (False, True, False, None, False, False, None),
        (True, False, True, True, True, True, True),
        (True, True, True, True, False, False, None),
    }
