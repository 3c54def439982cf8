"""The published tables of the golden period as text, for review in diffs.

``python -m tests.python.golden.tables`` (``make golden``) writes them again after a change that was meant; the diff is
what a reviewer reads. Small tables are kept whole, large ones by a query that shows each kind of row once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from orchestration.periods import month_before
from orchestration.sample import write_sample
from orchestration.versions import PROJECT

PERIOD = "2026-09"  # the middle month: a re-organisation on the 17th, a restated delivery, a correction
ROWS = 5000
FOLDER = PROJECT / "tests" / "fixtures" / "golden"

# What content decides but machines may compress differently: hashes of files, and what is numbered by them.
_MACHINE = "x_delivery_id, x_charge_id, x_source_file"

TABLES = {
    "allocation_method_comparison": "select * from finance.allocation_method_comparison order by all",
    "allocation_methodology": "select * from finance.allocation_methodology order by all",
    "dim_cost_domains": "select * from finance.dim_cost_domains order by all",
    "fct_ai_costs": """
        select provider, model, team, workflow, use_case, product, domain_id, pool_id, reason, billing_currency,
            count(distinct charge_date) as days, sum(requests) as requests,
            sum(effective_cost) as effective_cost, sum(billed_cost) as billed_cost
        from finance.fct_ai_costs group by all order by all
    """,
    "fct_allocated_costs": """
        select source_id, attribution_method, pool_id, pool_version, allocation_method, reason, billing_currency,
            count(*) as ledger_lines, count(distinct domain_id) as owners, sum(charge_count) as charges,
            sum(billed_cost) as billed_cost, sum(effective_cost) as effective_cost, sum(list_cost) as list_cost,
            sum(contracted_cost) as contracted_cost
        from finance.fct_allocated_costs group by all order by all
    """,
    "fct_chargeback": "select * from finance.fct_chargeback order by all",
    "fct_engineering_costs": """
        select billing_period, source_id, service_name, region_id, domain_id, billing_currency,
            sum(billed_cost) as billed_cost, sum(effective_cost) as effective_cost
        from finance.fct_engineering_costs group by all order by all limit 200
    """,
    "fct_kubernetes_costs": """
        select cluster, kubernetes_role, namespace, workload_kind, workload_name, domain_id, pool_id, via_pool_id,
            method_id, reason, billing_currency, count(distinct charge_date) as days,
            sum(effective_cost) as effective_cost, sum(billed_cost) as billed_cost
        from finance.fct_kubernetes_costs group by all order by all
    """,
    "focus_cost_and_usage": f"""
        select * exclude ({_MACHINE})
        from finance.focus_cost_and_usage
        qualify row_number() over (
            partition by x_source_id, ChargeCategory, ChargeClass, PricingCategory, CommitmentDiscountStatus,
                CapacityReservationStatus, ServiceProviderName, x_cost_state, x_source_changes
            order by x_source_file, x_source_row, x_charge_id
        ) = 1
        order by x_source_id, x_source_file, x_source_row, x_charge_id
    """,
    "focus_allocated_cost_and_usage": """
        select x_source_id, x_source_row, ChargeCategory, BilledCost, EffectiveCost, ListCost, ContractedCost,
            AllocatedMethodId, AllocatedMethodDetails, AllocatedResourceId, AllocatedResourceName,
            cast(AllocatedTags as varchar) as AllocatedTags, x_domain_id, x_pool_id, x_rule_id, x_attribution_method
        from finance.focus_allocated_cost_and_usage
        where AllocatedMethodId is not null
        qualify row_number() over (
            partition by x_pool_id, x_source_id order by x_source_file, x_source_row, x_charge_id, x_domain_id
        ) <= 3
        order by x_pool_id, x_source_id, x_source_file, x_source_row, x_charge_id, x_domain_id
    """,
    "focus_billing_period": "select * from finance.focus_billing_period order by all",
    "focus_contract_commitment": "select * from finance.focus_contract_commitment order by all",
    "focus_invoice_detail": "select * from finance.focus_invoice_detail order by all",
    "kpi_allocation_accuracy": "select * from finance.kpi_allocation_accuracy order by all",
    "kpi_kubernetes_efficiency": "select * from finance.kpi_kubernetes_efficiency order by all limit 60",
    "kpi_tag_compliance": "select * from finance.kpi_tag_compliance order by all",
    "rpt_invoice_bridge": "select * from finance.rpt_invoice_bridge order by all",
    "rpt_orphan_volumes": "select * from finance.rpt_orphan_volumes order by all",
    "rpt_variance_bridge": "select * from finance.rpt_variance_bridge order by all",
}


def publish(folder: Path) -> Path:
    """Make the golden estate under ``folder``, run its golden period, and return the published DuckDB file.

    The month before is published first: the golden one is compared with it.
    """
    write_sample(folder / "estate", rows=ROWS)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIEOUT_")}
    environment["PYTHONPATH"] = str(PROJECT)
    for period in (month_before(PERIOD), PERIOD):
        subprocess.run(
            [
                *(sys.executable, "-m", "orchestration.cli", "run", "--period", period),
                *("--estate", str(folder / "estate" / "estate.yml"), "--home", str(folder / "home")),
            ],
            check=True,
            env=environment,
            cwd=folder,
            capture_output=True,
        )
    return folder / "home" / "publications" / PERIOD / "current" / "tieout.duckdb"


def as_text(database: Path, table: str) -> str:
    """Return a golden table as CSV text, nulls as ``∅``."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(str(database), read_only=True) as connection:
        file = Path(folder) / "table.csv"
        connection.execute(f"copy ({TABLES[table]}) to '{file}' (header, nullstr '∅')")
        return file.read_text(encoding="utf-8")


def main() -> None:
    """Write every golden table again."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        database = publish(Path(folder))
        for table in TABLES:
            (FOLDER / f"{table}.csv").write_text(as_text(database, table), encoding="utf-8")


if __name__ == "__main__":
    main()
