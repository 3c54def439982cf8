"""Runs the compiled models that turn bills and gateway logs into the driver ai_priced_tokens, on one model and day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb

from tests.python.ai.oracle import IDLE, NOT_SEEN, Day

MODELS = ("int_ai_token_prices", "int_ai_usage_days", "int_ai_coverage", "int_ai_driver_usage")
MARTS = ("fct_ai_costs", "kpi_ai_coverage", "kpi_ai_unit_costs", "rpt_ai_commitments")
DAY = date(2026, 9, 3)
NAME = "openai|gpt-4o"

TABLES = {
    "policy.ai_token_prices": "provider varchar, model varchar, token_class varchar, "
    "price_per_million decimal(38, 12), batch_factor decimal(38, 12), currency varchar, valid_from date, valid_to date",
    "policy.ai_consumers": "kind varchar, value varchar, provider varchar, domain_id varchar, pool_id varchar, "
    "valid_from date, valid_to date",
    "policy.ai_capacity": "provider varchar, model varchar, units decimal(38, 12), "
    "tokens_per_unit_hour decimal(38, 12), cached_weight decimal(38, 12), "
    "cache_write_weight decimal(38, 12), output_weight decimal(38, 12), "
    "idle_domain_id varchar, idle_pool_id varchar, valid_from date, valid_to date, capacity_id varchar, "
    "committed_tokens decimal(38, 12), committed_cost decimal(38, 12), currency varchar",
    "policy.ai_models": "pattern_id varchar, precedence integer, reads varchar, service_provider varchar, "
    "name_pattern varchar, provider varchar, model varchar, token_class varchar, is_batch boolean, "
    "tokens_per_unit decimal(38, 12), model_family varchar, model_class varchar, valid_from date, valid_to date",
    "reference.ai_model_patterns": "pattern_id varchar, precedence integer, reads varchar, service_provider varchar, "
    "name_pattern varchar, provider varchar, model varchar, token_class varchar, is_batch boolean, "
    "tokens_per_unit decimal(38, 12), model_family varchar, model_class varchar",
    "policy.cost_domains": "domain_id varchar, cost_centre varchar, product varchar, environment varchar, "
    "valid_from date, valid_to date",
    "policy.fx_rates": "billing_period varchar, from_currency varchar, to_currency varchar, rate decimal(38, 12)",
    "ownership.int_measured_periods": "billing_period varchar",
    "staging.stg_landing__run_context": "reporting_currency varchar",
    "staging.stg_landing__run_scope": "billing_period varchar",
    "allocation.int_ai_usage": "billing_period varchar, usage_date date, provider varchar, model varchar, "
    "key_id varchar, team varchar, cost_centre varchar, workflow varchar, use_case varchar, product varchar, "
    "input_tokens decimal(38, 12), cached_tokens decimal(38, 12), cache_write_tokens decimal(38, 12), "
    "output_tokens decimal(38, 12), reasoning_tokens decimal(38, 12), is_batch boolean, requests decimal(38, 12), "
    "is_error boolean, gateway_spend decimal(38, 12)",
    "finance.focus_cost_and_usage": "x_identity_id bigint, x_billing_period varchar, x_charge_date date, "
    "ServiceCategory varchar, ChargeCategory varchar, BillingCurrency varchar, ListCost decimal(38, 12), "
    "ConsumedQuantity decimal(38, 12), ConsumedUnit varchar",
    "ownership.dim_charge_identities": "identity_id bigint, ai_model varchar, ai_model_family varchar, "
    "ai_model_class varchar, ai_token_class varchar, ai_is_batch boolean, ai_tokens_per_unit decimal(38, 12), "
    "service_category varchar, service_provider_name varchar, service_name varchar, commitment_discount_id varchar",
    "finance.fct_allocated_costs": "billing_period varchar, source_id varchar, charge_date date, identity_id bigint, "
    "domain_id varchar, pool_id varchar, share_id bigint, allocation_method varchar, reason varchar, "
    "billing_currency varchar, billed_cost decimal(38, 12), effective_cost decimal(38, 12), "
    "list_cost decimal(38, 12), contracted_cost decimal(38, 12)",
    "finance.fct_consumer_shares": "billing_period varchar, share_id bigint, via_pool_id varchar, consumer_id bigint, "
    "share_from double, share_to double",
    "allocation.int_reporting_rates": "billing_period varchar, from_currency varchar, to_currency varchar, "
    "rate decimal(38, 12)",
    "finance.focus_contract_commitment": "x_billing_period varchar, ContractCommitmentId varchar, "
    "ServiceProviderName varchar, ContractCommitmentUnit varchar, BillingCurrency varchar, "
    "ContractCommitmentQuantity decimal(38, 12), ContractCommitmentCost decimal(38, 12), "
    "x_used_quantity decimal(38, 12), x_used_cost decimal(38, 12), ContractCommitmentPeriodStart timestamp, "
    "ContractCommitmentPeriodEnd timestamp",
}
"""The columns that the models read of their inputs."""


class Engine:
    """The models, ready to divide days."""

    def __init__(self, models: dict[str, str]) -> None:
        self.models = models
        self.con = duckdb.connect()
        self.con.execute("attach ':memory:' as tieout; use tieout")
        for schema in {name.split(".")[0] for name in TABLES}:
            self.con.execute(f"create schema {schema}")
        for name, columns in TABLES.items():
            self.con.execute(f"create table {name} ({columns})")
        always = ["2026-01-01", "9999-12-31"]
        self.con.execute("insert into ownership.int_measured_periods values ('2026-09')")
        self.con.execute("insert into staging.stg_landing__run_context values ('USD')")
        self.con.execute("insert into staging.stg_landing__run_scope values ('2026-09')")
        self.con.execute("insert into allocation.int_reporting_rates values ('2026-09', 'USD', 'USD', 1)")
        for team in ("a", "b"):
            self.con.execute(
                "insert into policy.ai_consumers values ('team', ?, null, ?, null, ?, ?)", [team, team, *always]
            )
            self.con.execute("insert into policy.cost_domains values (?, 'cc', 'p', 'e', ?, ?)", [team, *always])

    def shares(self, day: Day) -> tuple[dict[tuple[str, str], Decimal], dict[str, object]]:
        """Return each target and consumer's part of the driver, and the day's row of coverage."""
        con = self.con
        for table in (
            "policy.ai_token_prices", "policy.ai_capacity", "allocation.int_ai_usage", "finance.focus_cost_and_usage",
            "ownership.dim_charge_identities",
        ):  # fmt: skip
            con.execute(f"delete from {table}")
        for token_class, price in day.prices.items():
            con.execute(
                "insert into policy.ai_token_prices values "
                "('OpenAI', 'GPT-4o', ?, ?, ?, 'USD', '2026-01-01', '9999-12-31')",
                [token_class, price, day.batch_factor],
            )
        if day.capacity is not None:
            con.execute(
                "insert into policy.ai_capacity by name select 'openai' as provider, 'gpt-4o' as model, ? as units, "
                "1 as tokens_per_unit_hour, ? as cached_weight, ? as cache_write_weight, ? as output_weight, "
                "?::date as valid_from, ?::date as valid_to",
                [Decimal(day.capacity) / 24, *day.weights, "2026-01-01", "9999-12-31"],
            )
        for number, meter in enumerate(day.meters):
            con.execute(
                "insert into ownership.dim_charge_identities by name select ? as identity_id, ? as ai_model, "
                "? as ai_token_class, ? as ai_is_batch, 1 as ai_tokens_per_unit",
                [number, NAME, meter.token_class, meter.is_batch],
            )
            con.execute(
                "insert into finance.focus_cost_and_usage values "
                "(?, '2026-09', ?, 'AI and Machine Learning', ?, 'USD', ?, ?, 'Units')",
                [number, DAY, "Usage" if meter.is_usage else "Credit", meter.list_cost, meter.quantity],
            )
        for call in day.calls:
            tokens = [call.tokens.get(name) for name in ("input", "cached", "cache_write", "output", "reasoning")]
            con.execute(
                "insert into allocation.int_ai_usage values "
                "('2026-09', ?, 'openai', 'gpt-4o', null, ?, null, null, null, null, ?, ?, ?, ?, ?, ?, 1, false, null)",
                [DAY, call.team, *tokens, call.is_batch],
            )
        for name in MODELS:
            con.execute(f"create or replace table allocation.{name} as {self.models[name]}")
        rows = con.execute(
            "select usage.target, coalesce(named.team, usage.consumer_id::varchar), usage.quantity "
            "from allocation.int_ai_driver_usage as usage left join "
            "(select distinct consumer_id, team from allocation.int_ai_usage_days) as named using (consumer_id)"
        ).fetchall()
        names = {str(self._named(name)): name for name in (IDLE, NOT_SEEN)}
        total = sum((row[2] for row in rows), Decimal(0))
        parts = {(target, names.get(consumer, consumer)): quantity / total for target, consumer, quantity in rows}
        assert len(parts) == len(rows)
        cursor = con.execute("select * from allocation.int_ai_coverage")
        columns = [column[0] for column in cursor.description]
        found = cursor.fetchall()
        assert len(found) == (1 if day.meters or day.calls else 0)
        return parts, dict(zip(columns, found[0], strict=True)) if found else {}

    def publish(self) -> None:
        """Build the marts of what ``shares`` has left in the tables, and of what a test has put into the others."""
        for name in MODELS:
            self.con.execute(f"create or replace table allocation.{name} as {self.models[name]}")
        for name in MARTS:
            self.con.execute(f"create or replace table finance.{name} as {self.models[name]}")

    def consumer(self, team: str) -> int:
        """Return the key of a team's calls that say nothing else, or of what is nobody's."""
        if team in (IDLE, NOT_SEEN):
            return self._named(team)
        row = self.con.execute("select consumer_id from allocation.int_ai_usage_days where team = ?", [team]).fetchone()
        assert row is not None
        return int(row[0])

    def _named(self, name: str) -> int:
        row = self.con.execute("select md5_number_lower(concat('ai', chr(31), ?)) >> 1", [name]).fetchone()
        assert row is not None
        return int(row[0])
