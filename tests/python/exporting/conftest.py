"""A publication of a few charges: one on a marketplace, one with a contract, one split between two owners."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.exporting import focus_columns
from orchestration.home import Home
from orchestration.publishing import Evidence, Publication, PublishedModel, publish

PERIOD = "2026-01"
_TYPES = {"text": "varchar", "json": "varchar", "decimal": "decimal(38, 12)", "date_time": "timestamp"}
_CHARGES = [
    {
        "x_charge_id": "1",
        "ServiceProviderName": "'AWS'",
        "HostProviderName": "'AWS'",
        "InvoiceIssuerName": "'Amazon Web Services, Inc.'",
        "BilledCost": "0.100000000001",
        "Tags": """'{"team":"shop","aws:createdBy":"x"}'""",
        "x_cost_state": "'invoiced'",
    },
    {
        "x_charge_id": "2",
        "ServiceProviderName": "'Seller, Inc.'",
        "HostProviderName": "'AWS'",
        "InvoiceIssuerName": "'Amazon Web Services, Inc.'",
        "BilledCost": "100",
        "ContractApplied": """'{"Elements":[{"ContractId":"c","ContractCommitmentId":"d","AppliedCost":100}]}'""",
        "x_cost_state": "'invoiced'",
    },
    {
        "x_charge_id": "3",
        "ServiceProviderName": "'Direct, Inc.'",
        "HostProviderName": "'AWS'",
        "InvoiceIssuerName": "'Direct, Inc.'",
        "BilledCost": "8",
        "x_cost_state": "'estimated'",
    },
]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def publication(home: Home) -> Iterator[Publication]:
    """Charges 1 to 3; charge 3 belongs to two owners, 2 and 6."""
    names = [column.name for column in focus_columns("1.4", "CostAndUsage")]
    types = {column.name: _TYPES[column.data_type] for column in focus_columns("1.4", "CostAndUsage")}
    types |= {"x_charge_id": "bigint", "x_cost_state": "varchar", "x_billing_period": "varchar"}
    rows = " union all ".join(
        "select " + ", ".join(f"cast({row.get(name, 'null')} as {kind}) as {name}" for name, kind in types.items())
        for row in ({**charge, "x_billing_period": f"'{PERIOD}'"} for charge in _CHARGES)
    )
    listed = ", ".join(f"charges.{name}" for name in names if name not in ("AllocatedMethodId", "BilledCost"))
    home.facts.mkdir(parents=True)
    with duckdb.connect(str(home.warehouse_file), config={"threads": 1}) as connection:
        connection.execute(
            f"""
            create schema finance;
            create table finance.focus_cost_and_usage as {rows};
            create table finance.fct_charge_splits as
                select '{PERIOD}' as billing_period, * from (values
                    (1, 'shop', null, 0.100000000001::decimal(38, 12)), (2, 'shop', null, 100),
                    (3, 'shop', 'BY_GB', 2), (3, 'till', 'BY_GB', 6)
                ) as splits (charge_id, domain_id, method_id, billed_cost);
            create view finance.focus_allocated_cost_and_usage as
                select splits.method_id as AllocatedMethodId, splits.billed_cost as BilledCost, {listed},
                    charges.x_charge_id, charges.x_cost_state, charges.x_billing_period, splits.domain_id as x_domain_id
                from "tieout"."finance"."fct_charge_splits" as splits
                inner join "tieout"."finance"."focus_cost_and_usage" as charges
                    on splits.charge_id = charges.x_charge_id;
            """
        )
        models = [
            PublishedModel("fct_charge_splits", "finance", "table", (), "Splits.", {}),
            PublishedModel("focus_cost_and_usage", "finance", "table", (), "Charges.", {}),
            PublishedModel("focus_allocated_cost_and_usage", "finance", "view", (), "Owned charges.", {}),
        ]
        evidence = Evidence("f" * 64, {"code_version": "c0de"}, {"outcome": "passed"}, [])
        yield publish(home, PERIOD, connection=connection, models=models, evidence=evidence)


@pytest.fixture
def full_publication(home: Home, publication: Publication) -> Publication:
    """The same charges, with a commitment, an invoice line and a billing period."""
    models = [
        PublishedModel("focus_cost_and_usage", "finance", "table", (), "Charges.", {}),
        PublishedModel("focus_contract_commitment", "finance", "table", (), "Commitments.", {}),
        PublishedModel("focus_invoice_detail", "finance", "table", (), "Invoice lines.", {}),
        PublishedModel("focus_billing_period", "finance", "table", (), "Billing periods.", {}),
    ]
    datasets = ("ContractCommitment", "InvoiceDetail", "BillingPeriod")
    with duckdb.connect(str(home.warehouse_file), config={"threads": 1}) as connection:
        for model, dataset in zip(models[1:], datasets, strict=True):
            columns = ", ".join(
                f"cast(null as {_TYPES[column.data_type]}) as {column.name}" for column in focus_columns("1.4", dataset)
            )
            connection.execute(f"create table finance.{model.name} as select {columns}, '{PERIOD}' as x_billing_period")
        evidence = Evidence("e" * 64, {"code_version": "c0de"}, {"outcome": "passed"}, [])
        return publish(home, PERIOD, connection=connection, models=models, evidence=evidence)
