"""Every expectation is broken once, by name; what cannot run blocks and says so; figures stay exact."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from expectations.gate import MESSAGE_LIMIT, run_gate
from expectations.result import GateResult
from expectations.suite import money
from expectations.suites import suites

from .conftest import PERIOD

# (the expectation, a corruption, what the message must say, whether it blocks)
CORRUPTIONS = [
    (
        "audit.audit_landing has_deliveries",
        "delete from audit.audit_landing",
        "no delivery is in force",
        True,
    ),
    (
        "audit.audit_landing rows_as_declared",
        "update audit.audit_landing set actual = 999, difference = -1 where expected is not null",
        "aws-main 2026-09, delivery 0123456789ab, rows: expected 1,000.00, found 999.00, difference -1.00",
        True,
    ),
    (
        "audit.audit_landing columns_as_before",
        "update audit.audit_landing set has_same_columns = false, changed_columns = 'gone: colour' "
        "where expected is not null",
        "aws-main 2026-09, delivery 0123456789ab: columns changed since the delivery before: gone: colour",
        False,
    ),
    (
        "audit.audit_focus has_sources",
        "delete from audit.audit_focus",
        "no source has charges",
        True,
    ),
    (
        "audit.audit_focus difference_is_known",
        "update audit.audit_focus set actual = null, difference = null",
        "aws-main 2026-09, billed cost from landing to FOCUS: expected 100.25, found an unknown amount",
        True,
    ),
    (
        "audit.audit_focus difference_is_zero",
        "update audit.audit_focus set actual = 100.250000000001, difference = 0.000000000001",
        "expected 100.25, found 100.250000000001, difference 0.000000000001",
        True,
    ),
    (
        "audit.audit_ledger has_ledger",
        "delete from audit.audit_ledger",
        "the ledger has nothing",
        True,
    ),
    (
        "audit.audit_ledger difference_is_known",
        "update audit.audit_ledger set difference = null",
        "aws-main 2026-09, effective cost in USD from splits to ledger",
        True,
    ),
    (
        "audit.audit_ledger difference_is_zero",
        "update audit.audit_ledger set actual = 12345678901234567890.123456789012, "
        "difference = 12345678901234567789.873456789012",
        "found 12,345,678,901,234,567,890.123456789012 USD",
        True,
    ),
    (
        "audit.audit_pools difference_is_known",
        "update audit.audit_pools set difference = null",
        "pool nat 2026-09",
        True,
    ),
    (
        "audit.audit_pools difference_is_zero",
        "update audit.audit_pools set actual = 39.99, difference = -0.01",
        "pool nat 2026-09, effective cost in USD from pool to owners: expected 40.00 USD, found 39.99 USD, "
        "difference -0.01 USD",
        True,
    ),
    (
        "audit.audit_ai difference_is_known",
        "update audit.audit_ai set difference = null",
        "AI of OpenAI",
        True,
    ),
    (
        "audit.audit_ai difference_is_zero",
        "update audit.audit_ai set actual = 39.5, difference = -0.5",
        "AI of OpenAI, openai gpt-4o on 2026-09-03, effective cost in USD from bill to teams: expected 40.00 USD, "
        "found 39.50 USD",
        True,
    ),
    (
        "audit.audit_shares difference_is_known",
        "update audit.audit_shares set difference = null",
        "pool nat version 1",
        True,
    ),
    (
        "audit.audit_shares difference_is_zero",
        "update audit.audit_shares set actual = 1, difference = 1",
        "pool nat version 1 from 2026-09-01, breaks in the shares that run from 0.0 to 1.0: expected 0.00, found 1.00",
        True,
    ),
    (
        "audit.audit_shares usage_is_reached",
        "update audit.audit_shares set check_id = 'unreached', actual = 5, difference = 5, "
        "subject = 'pool nat version 1 from 2026-09-01, what driver gb measures of shop, which the pool may not reach'",
        "pool nat version 1 from 2026-09-01, what driver gb measures of shop, which the pool may not reach: 5",
        False,
    ),
    (
        "audit.audit_trees has_trees",
        "delete from audit.audit_trees",
        "neither tree has anything",
        True,
    ),
    (
        "audit.audit_trees difference_is_known",
        "update audit.audit_trees set difference = null",
        "Finance tree 2026-09",
        True,
    ),
    (
        "audit.audit_trees difference_is_zero",
        "update audit.audit_trees set actual = 100.24, difference = -0.01",
        "Finance tree 2026-09, effective cost in USD from ledger to tree: expected 100.25 USD, found 100.24 USD",
        True,
    ),
    (
        "audit.audit_kubernetes difference_is_known",
        "update audit.audit_kubernetes set expected = null, difference = null where severity = 'critical'",
        "cluster prod 2026-09, effective cost of nodes in USD to namespaces and idle: expected an unknown amount",
        True,
    ),
    (
        "audit.audit_kubernetes nodes_tie",
        "update audit.audit_kubernetes set actual = 25360, difference = -3040 where severity = 'critical'",
        "cluster prod 2026-09, effective cost of nodes in USD to namespaces and idle: expected 28,400.00 USD, "
        "found 25,360.00 USD, difference -3,040.00 USD",
        True,
    ),
    (
        "audit.audit_kubernetes nodes_and_bill_know_each_other",
        "update audit.audit_kubernetes set actual = 58, difference = -2 where severity = 'warning'",
        "cluster prod 2026-09, days of nodes in usage feeds that the bill has too: expected 60.00, found 58.00",
        False,
    ),
    (
        "audit.audit_fx rates_exist",
        "update audit.audit_fx set subject = subject || ': missing from fx_rates', actual = 0, difference = -1",
        "rate from EUR to USD for 2026-09: missing from fx_rates; add the rate",
        True,
    ),
    (
        "audit.audit_invoices invoices_tie",
        "update audit.audit_invoices set expected = 103.5, difference = -3.25, ties = false where status = 'issued'",
        "Amazon Web Services, Inc., invoice 42, 2026-09, USD: invoiced 103.50 USD, charged 100.25 USD, "
        "difference -3.25 USD, tolerance 1.00 USD",
        True,
    ),
    (
        "audit.audit_invoices open_invoices_tie",
        "update audit.audit_invoices set expected = 90, difference = 10.25, ties = null where status = 'open'",
        "Google Cloud, charges without an invoice number of account 7, 2026-09, USD: invoiced 90.00 USD",
        False,
    ),
    (
        "audit.audit_invoices invoices_exist",
        "update audit.audit_invoices set status = 'none', expected = null, difference = null, ties = null",
        "Amazon Web Services, Inc., invoice 42, 2026-09, USD: charged 100.25 USD",
        False,
    ),
    (
        "audit.audit_thresholds critical_limits_hold",
        "update audit.audit_thresholds set actual = 0.45, difference = 0.15, holds = false where severity = 'critical'",
        "share of effective cost that nobody owns, at most, 2026-09: limit 0.3, found 0.45, difference 0.15",
        True,
    ),
    (
        "audit.audit_thresholds warning_limits_hold",
        "update audit.audit_thresholds set actual = null, difference = null, holds = null where severity = 'warning'",
        "limit 0.3, found nothing to measure",
        False,
    ),
    (
        "audit.audit_gpu_idle idle_is_at_most_charged",
        "update audit.audit_gpu_idle set idle_cost = 10.01, is_within = false",
        "i-0a on 2026-09-01: 10.01 USD idle of 10.00 USD charged",
        True,
    ),
    (
        "finance.dim_cost_domains unallocated_exists",
        "delete from finance.dim_cost_domains",
        "expected one row 'unallocated', found 0",
        True,
    ),
    (
        "finance.rule_change_log changes_are_approved",
        "update finance.rule_change_log set missing_approval = 'pools.csv, nat 1: nobody approved it'",
        "pools.csv, nat 1: nobody approved it",
        True,
    ),
    (
        "finance.rpt_ai_budgets budgets_are_kept",
        "update finance.rpt_ai_budgets set consumed_at_least = 1250, is_exceeded = true",
        "AI budget search of team Search from 2026-09-01: 1,250 of 1,000 tokens used",
        False,
    ),
    (
        "finance.fct_chargeback has_owners",
        "delete from finance.fct_chargeback",
        "finance.fct_chargeback has nothing",
        True,
    ),
    (
        "finance.fct_chargeback statement_foots",
        "update finance.fct_chargeback set statement_amount = statement_amount + 0.01 where effective_cost < 50",
        "statement 2026-09 in USD, lines against the exact effective cost: expected 100.2507 USD, found 100.26 USD",
        True,
    ),
    (
        "finance.rpt_invoice_bridge difference_is_known",
        "update finance.rpt_invoice_bridge set billed_tax = null",
        "Amazon Web Services, Inc., invoice 42, billed cost by class",
        True,
    ),
    (
        "finance.rpt_invoice_bridge difference_is_zero",
        "update finance.rpt_invoice_bridge set unallocated_cost = 20.24",
        "Amazon Web Services, Inc., invoice 42, from effective cost to owners: expected 100.25 USD, found 100.24 USD, "
        "difference -0.01 USD",
        True,
    ),
    (
        "finance.rpt_variance_bridge difference_is_known",
        "update finance.rpt_variance_bridge set rate_effect = null where pool_id is null",
        "shop, VM",
        True,
    ),
    (
        "finance.rpt_variance_bridge difference_is_zero",
        "update finance.rpt_variance_bridge set pool_cost_effect = 0.26 where pool_id is not null",
        "shop, pool nat: expected 40.25 USD, found 40.26 USD, difference 0.01 USD",
        True,
    ),
    (
        "finance.kpi_allocation_accuracy variants_exist",
        "delete from finance.kpi_allocation_accuracy where variant = 'shared'",
        "expected 3 rows for the estate, found 2",
        True,
    ),
    (
        "finance.kpi_allocation_accuracy accuracy_is_known",
        "update finance.kpi_allocation_accuracy set allocation_accuracy = null where variant = 'rules'",
        "allocation accuracy (rules) 2026-09: no share",
        False,
    ),
]


def test_a_period_that_ties_passes(warehouse):
    result = run_gate(warehouse, PERIOD)
    assert [check for check in result.results if check.outcome != "passed"] == []
    assert result.verdict == "passed"


@pytest.mark.parametrize(("name", "corruption", "message", "blocks"), CORRUPTIONS, ids=[row[0] for row in CORRUPTIONS])
def test_a_corruption_is_found_by_its_expectation_and_by_no_other(warehouse, name, corruption, message, blocks):
    warehouse.execute(corruption)
    result = run_gate(warehouse, PERIOD)
    failed = {f"{check.table} {check.check}": check for check in result.results if check.outcome != "passed"}
    assert list(failed) == [name]
    assert failed[name].outcome == "failed"
    assert message in failed[name].messages[0]
    assert result.verdict == ("blocked" if blocks else "passed_with_warnings")


def test_every_expectation_has_a_corruption():
    expectations = {f"{suite.table} {check.id}" for suite in suites() for check in suite.checks}
    assert expectations == {row[0] for row in CORRUPTIONS}


@pytest.mark.parametrize(
    "damage",
    [
        "drop table audit.audit_invoices",
        "alter table audit.audit_invoices rename column ties to tied",
    ],
)
def test_what_cannot_be_read_could_not_run_and_blocks(warehouse, damage):
    warehouse.execute(damage)
    result = run_gate(warehouse, PERIOD)
    broken = [check for check in result.results if check.outcome != "passed"]
    assert {check.outcome for check in broken} == {"could_not_run"}
    assert {check.table for check in broken} == {"audit.audit_invoices"}
    assert (
        "invoices_tie could not run, so nothing is known: audit.audit_invoices cannot be read"
        in (broken[0].messages[0])
    )
    # warnings among them block too: there is no verdict to publish with
    assert all(check.blocks for check in broken)


def test_an_expectation_that_raises_could_not_run_and_blocks(warehouse, monkeypatch):
    from dataclasses import replace

    from expectations import gate

    def with_a_lost_column():
        return tuple(
            replace(suite, query=suite.query.replace("coalesce(ties, true) as is_not_off", "true as renamed"))
            for suite in suites()
        )

    monkeypatch.setattr(gate, "suites", with_a_lost_column)
    result = run_gate(warehouse, PERIOD)
    broken = {check.check: check for check in result.results if check.outcome != "passed"}
    assert {check: found.outcome for check, found in broken.items()} == {"invoices_tie": "could_not_run"}
    assert "is_not_off" in broken["invoices_tie"].messages[0]
    assert result.blocks


def test_another_period_is_not_looked_at(warehouse):
    warehouse.execute("insert into audit.audit_pools select '2026-08', 'other', 'USD', 1, 2, 1")
    assert run_gate(warehouse, PERIOD).verdict == "passed"


def test_long_lists_of_findings_are_cut_and_counted(warehouse):
    warehouse.execute(
        "insert into audit.audit_pools select '2026-09', 'pool ' || i, 'USD', 1, 2, 1 from range(100, 150) as t (i)"
    )
    (failed,) = run_gate(warehouse, PERIOD).blocking
    assert len(failed.messages) == MESSAGE_LIMIT + 1
    assert failed.messages[-1] == "and 30 more"


def test_a_result_survives_json(warehouse):
    warehouse.execute("update audit.audit_pools set actual = 39.99, difference = -0.01")
    result = run_gate(warehouse, PERIOD)
    assert GateResult.of_json(json.loads(json.dumps(result.to_json()))) == result


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0E-12"), "0.00"),
        (Decimal("-1234.500000000000"), "-1,234.50"),
        (Decimal("1E-12"), "0.000000000001"),
        (None, "an unknown amount"),
    ],
)
def test_amounts_are_told_exactly(value, text):
    assert money(value) == text
