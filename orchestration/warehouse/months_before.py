"""The charges of months that the drivers of another month look back at: whether they are built, and building them.

A build is about one billing period, and a driver may measure months before it. Their charges are then as much an input
as the deliveries they are made of: were they missing, or made of deliveries that no longer stand, the shares would
depend on which month happened to be run first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path

import duckdb

from orchestration.home import Home
from orchestration.landing import set_scope
from orchestration.landing.declared import declared_tables
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_project import run_dbt

LAST_MODEL = "int_period_identities"
"""The last of the models that hold charges by source and month: what drivers measure is built when it is."""


def outdated_charges(connection: duckdb.DuckDBPyConnection, home: Home, months: Collection[str]) -> list[str]:
    """Return the months of ``months`` whose charges are not those of the deliveries in force, oldest first.

    The materialization writes into each file what its partition was made of (``made_of``).

    Args:
        connection: to the warehouse, with schema ``landing`` as it is now.
        home: whose facts.
        months: ``YYYY-MM`` each.
    """
    bills = [kind for kind, table in declared_tables().items() if table.money]
    partitions = connection.execute(
        "select source_id, billing_period, fingerprint from landing.partitions"
        " where list_contains($bills, source_kind) and list_contains($months, billing_period)",
        {"bills": bills, "months": list(months)},
    ).fetchall()
    outdated = set()
    for source_id, month, made_of in partitions:
        file = home.facts / LAST_MODEL / f"source_id={source_id}" / f"billing_period={month}" / "data.parquet"
        if _made_of(connection, file) != made_of:
            outdated.add(month)
    return sorted(outdated)


def _made_of(connection: duckdb.DuckDBPyConnection, file: Path) -> str | None:
    if not file.is_file():
        return None
    row = connection.execute(
        "select decode(value) from parquet_kv_metadata($file) where decode(key) = 'made_of'", {"file": str(file)}
    ).fetchone()
    return str(row[0]) if row else None


def build_charges(home: Home, months: Sequence[str]) -> None:
    """Build the charges of ``months``, and what is told of them by source and month; nothing else.

    The months that the next build is about are the same afterwards.
    """
    with closing(connect(home)) as connection:
        scope = [period for (period,) in connection.execute("select billing_period from landing.run_scope").fetchall()]
        set_scope(connection, months)
    try:
        run_dbt(home, "run", "--select", f"+{LAST_MODEL}")
    finally:
        with closing(connect(home)) as connection:
            set_scope(connection, scope)
