"""Audit tables and marts of a period in which everything ties, small enough to be read."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

PERIOD = "2026-09"

HEALTHY = """
create schema audit;
create schema finance;
create schema reference;

create table reference.currencies as select 'USD' as currency, 2 as subunit_decimals;

create table audit.audit_landing as
select '2026-09' as billing_period, subject, expected::decimal(38, 12) as expected, actual::decimal(38, 12) as actual,
    (actual - expected)::decimal(38, 12) as difference, true as has_same_columns, null::varchar as changed_columns
from (values
    ('aws-main 2026-09, delivery 0123456789ab, rows', 1000, 1000),
    ('drivers 2026-09, delivery ba9876543210, rows (it declares no number of rows)', null, 20)
) as t (subject, expected, actual);

create table audit.audit_focus as
select '2026-09' as billing_period, 'aws-main 2026-09, billed cost from landing to FOCUS' as subject,
    100.25::decimal(38, 12) as expected, 100.25::decimal(38, 12) as actual, 0::decimal(38, 12) as difference;

create table audit.audit_ledger as
select '2026-09' as billing_period,
    'aws-main 2026-09, effective cost in USD from splits to ledger' as subject, 'USD' as billing_currency,
    100.25::decimal(38, 12) as expected, 100.25::decimal(38, 12) as actual, 0::decimal(38, 12) as difference;

create table audit.audit_pools as
select '2026-09' as billing_period, 'pool nat 2026-09, effective cost in USD from pool to owners' as subject,
    'USD' as billing_currency,
    40::decimal(38, 12) as expected, 40::decimal(38, 12) as actual, 0::decimal(38, 12) as difference;

create table audit.audit_ai as
select '2026-09' as billing_period,
    'AI of OpenAI, openai gpt-4o on 2026-09-03, effective cost in USD from bill to teams' as subject,
    'USD' as billing_currency,
    40::decimal(38, 12) as expected, 40::decimal(38, 12) as actual, 0::decimal(38, 12) as difference;

create table audit.audit_shares as
select '2026-09' as billing_period, 'whole' as check_id,
    'pool nat version 1 from 2026-09-01, breaks in the shares that run from 0.0 to 1.0' as subject,
    0::decimal(38, 12) as expected, 0::decimal(38, 12) as actual, 0::decimal(38, 12) as difference;

create table audit.audit_trees as
select '2026-09' as billing_period, 'Finance tree 2026-09, effective cost in USD from ledger to tree' as subject,
    'USD' as billing_currency,
    100.25::decimal(38, 12) as expected, 100.25::decimal(38, 12) as actual, 0::decimal(38, 12) as difference;

create table audit.audit_kubernetes as
select '2026-09' as billing_period, severity, subject, currency as billing_currency,
    expected::decimal(38, 12) as expected, expected::decimal(38, 12) as actual, 0::decimal(38, 12) as difference
from (values
    ('critical', 'cluster prod 2026-09, effective cost of nodes in USD to namespaces and idle', 'USD', 28400),
    ('warning', 'cluster prod 2026-09, days of nodes in usage feeds that the bill has too', null, 60)
) as t (severity, subject, currency, expected);

create table audit.audit_gpu_idle as
select '2026-09' as billing_period, 'i-0a on 2026-09-01' as subject, 1 as identity_id, 'USD' as billing_currency,
    10::decimal(38, 12) as idle_cost, 10::decimal(38, 12) as charged_cost, true as is_within;

create table audit.audit_fx as
select '2026-09' as billing_period, 'rate from EUR to USD for 2026-09' as subject,
    1::decimal(38, 12) as expected, 1::decimal(38, 12) as actual, 0::decimal(38, 12) as difference;

create table audit.audit_invoices as
select '2026-09' as billing_period, subject, 'USD' as billing_currency, status,
    expected::decimal(38, 12) as expected, 100.25::decimal(38, 12) as actual,
    (100.25 - expected)::decimal(38, 12) as difference, 1::decimal(38, 12) as tolerance, ties
from (values
    ('Amazon Web Services, Inc., invoice 42, 2026-09, USD', 'issued', 100.25, true),
    ('Google Cloud, charges without an invoice number of account 7, 2026-09, USD', 'open', 100.25, true)
) as t (subject, status, expected, ties);

create table audit.audit_thresholds as
select '2026-09' as billing_period, 'share of effective cost that nobody owns, at most, 2026-09' as subject, severity,
    0.3::decimal(38, 12) as expected, 0.1::decimal(38, 12) as actual, -0.2::decimal(38, 12) as difference,
    true as holds
from (values ('critical'), ('warning')) as t (severity);

create table finance.dim_cost_domains as select 'unallocated' as domain_id;

create table finance.rule_change_log as
select '2026-09' as billing_period, 1 as transition_number, 'pools.csv' as policy_file, 'nat 1' as row_key,
    '0123456789ab' as change_id, null::varchar as missing_approval;

create table finance.rpt_ai_budgets as
select '2026-09' as billing_period, 'search' as budget_id, 'team' as consumer_kind, 'Search' as consumer,
    date '2026-09-01' as period_from, 'tokens' as unit, null::varchar as currency,
    1000::decimal(38, 12) as amount, 999::decimal(38, 12) as consumed_at_least,
    0::decimal(38, 12) as unpriced_tokens, false as is_exceeded;

create table finance.fct_chargeback as
select '2026-09' as billing_period, 'USD' as billing_currency,
    effective_cost::decimal(38, 12) as effective_cost, statement_amount::decimal(38, 12) as statement_amount
from (values (60.1004, 60.10), (40.1503, 40.15)) as t (effective_cost, statement_amount);

create table finance.rpt_invoice_bridge as
select '2026-09' as billing_period, 'Amazon Web Services, Inc.' as issuer, '42' as invoice_id,
    '111111111111' as billing_account_id, 'USD' as billing_currency,
    90::decimal(38, 12) as billed_usage, 0::decimal(38, 12) as billed_purchases, 0::decimal(38, 12) as billed_credits,
    10.25::decimal(38, 12) as billed_tax, 0::decimal(38, 12) as billed_corrections,
    0::decimal(38, 12) as billed_adjustments, 100.25::decimal(38, 12) as billed_cost,
    0::decimal(38, 12) as covering_purchases, 0::decimal(38, 12) as amortised_used,
    0::decimal(38, 12) as amortised_unused, 0::decimal(38, 12) as other_effective_difference,
    100.25::decimal(38, 12) as effective_cost, 80::decimal(38, 12) as allocated_cost,
    20.25::decimal(38, 12) as unallocated_cost;

create table finance.rpt_variance_bridge as
select '2026-09' as billing_period, 'shop' as domain_id, pool_id, service_name, 'USD' as billing_currency,
    '2026-08' as period_before, before::decimal(38, 12) as effective_cost_before,
    usage_effect::decimal(38, 12) as usage_effect, 0::decimal(38, 12) as rate_effect, 0::decimal(38, 12) as new_usage,
    0::decimal(38, 12) as ended_usage, 0::decimal(38, 12) as unmeasured_usage, 0::decimal(38, 12) as transferred_in,
    0::decimal(38, 12) as transferred_out, 0::decimal(38, 12) as unused_commitments, 0::decimal(38, 12) as purchases,
    0::decimal(38, 12) as credits, 0::decimal(38, 12) as tax, 0::decimal(38, 12) as corrections,
    0::decimal(38, 12) as adjustments, pool_effect::decimal(38, 12) as pool_cost_effect,
    0::decimal(38, 12) as pool_share_effect, cost::decimal(38, 12) as effective_cost
from (values (null, 'VM', 50, 10, 0, 60), ('nat', null, 40, 0, 0.25, 40.25))
    as t (pool_id, service_name, before, usage_effect, pool_effect, cost);

create table finance.kpi_allocation_accuracy as
select '2026-09' as billing_period, 'estate' as node_level, variant, 0.9::double as allocation_accuracy
from (values ('direct'), ('rules'), ('shared')) as t (variant);
"""


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(HEALTHY)
        yield connection
