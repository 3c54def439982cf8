"""What to tell of a publication: spend by provider, accuracy, unallocated cost, invoices, what changed since."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import duckdb

from orchestration.publishing import Publication


def summarise(publication: Publication) -> dict[str, Any]:
    """Return the summary of a publication as plain values; amounts are decimal text, shares are numbers."""
    manifest = publication.manifest()
    with duckdb.connect(str(publication.folder / "tieout.duckdb"), read_only=True) as connection:
        sections = {
            "spend_by_provider": """
                select
                    coalesce(ServiceProviderName, '(not named)') as provider,
                    BillingCurrency as currency,
                    sum(BilledCost) as billed_cost,
                    sum(EffectiveCost) as effective_cost,
                    count(*) as charge_count
                from finance.focus_cost_and_usage
                group by 1, 2
                order by 4 desc, 1, 2
            """,
            "allocation_accuracy": """
                select
                    variant, allocation_accuracy as share, step_added, grade, total_cost,
                    reporting_currency as currency
                from finance.kpi_allocation_accuracy
                where node_level = 'estate'
                order by allocation_accuracy, variant
            """,
            "unallocated": """
                select
                    billing_currency as currency,
                    sum(case when domain_id = 'unallocated' then effective_cost else 0 end) as effective_cost,
                    sum(effective_cost) as of_effective_cost
                from finance.fct_chargeback
                group by 1
                order by 1
            """,
            "invoices": """
                select issuer, invoice_id, billing_account_id, billing_currency as currency, invoice_status as status,
                    invoiced_amount, billed_cost, difference, tolerance, ties
                from finance.rpt_invoice_bridge
                order by issuer, invoice_id, billing_account_id, currency
            """,
            "variance": """
                select
                    billing_currency as currency, period_before,
                    sum(effective_cost_before) as effective_cost_before,
                    sum(usage_effect) as consumption,
                    sum(rate_effect) as prices,
                    sum(new_usage + ended_usage) as new_and_ended,
                    sum(transferred_in + transferred_out) as changed_hands,
                    sum(pool_cost_effect + pool_share_effect) as shared,
                    sum(
                        unmeasured_usage + unused_commitments + purchases + credits + tax + corrections + adjustments
                    ) as other,
                    sum(effective_cost) as effective_cost
                from finance.rpt_variance_bridge
                where period_before is not null
                group by 1, 2
                order by 1
            """,
        }
        if "rpt_variance_bridge" not in manifest["tables"]:  # published by an earlier version of the project
            del sections["variance"]
        summary: dict[str, Any] = {name: _records(connection, query) for name, query in sections.items()}
    return {
        "billing_period": publication.billing_period,
        "publication": publication.number,
        "folder": str(publication.folder),
        "database": str(publication.folder / "tieout.duckdb"),
        "gate": manifest["gate"]["verdict"],
        "deliveries": manifest["inputs"]["deliveries"],
        "variance": [],
        **summary,
    }


def accuracy_of(summary: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the accuracy that counts: the estate's, with every step taken; None if there is none."""
    found = [row for row in summary["allocation_accuracy"] if row["variant"] == "shared"]
    return found[0] if found else None


def _records(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [
        {name: str(value) if isinstance(value, Decimal) else value for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]
