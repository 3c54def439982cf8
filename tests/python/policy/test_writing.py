from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from orchestration.policy import load_policy, write_policy
from orchestration.policy.model import PROJECT_SEEDS
from orchestration.policy.writing import seed_types
from tests.python.policy.conftest import ALWAYS, DOMAINS, RULE_COLUMNS, Write

ENGINE_NAMES = {"varchar": "VARCHAR", "integer": "INTEGER", "date": "DATE", "boolean": "BOOLEAN"}


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def columns(con: duckdb.DuckDBPyConnection, schema: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in con.execute(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = ? "
        "order by table_name, ordinal_position",
        [schema],
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


@pytest.mark.parametrize("schema", ["policy", "reference"])
def test_tables_have_the_types_of_the_seeds_description(con: duckdb.DuckDBPyConnection, schema: str) -> None:
    write_policy(con, load_policy())
    declared = {
        table: {column: ENGINE_NAMES.get(kind, kind.upper().replace(" ", "")) for column, kind in types.items()}
        for table, types in seed_types(PROJECT_SEEDS / schema).items()
    }
    assert columns(con, schema) == declared
    assert {path.stem for path in (PROJECT_SEEDS / schema).glob("*.csv")} == set(declared)


def test_blank_cells_are_nulls_and_values_are_typed(con: duckdb.DuckDBPyConnection, write: Write) -> None:
    folder = write(
        ownership_rules=RULE_COLUMNS + "a,3,10,override, 0042 ,,,,shop,,=1+1,me,cfo,2026-01-01,9999-12-31\n",
        fx_rates="billing_period,from_currency,to_currency,rate\n2026-05,EUR,USD,1.123456789012\n",
        tag_policy=f"tag_key,required,valid_from,valid_to\nproduct,true,{ALWAYS}\n",
    )
    write_policy(con, load_policy(folder))
    assert con.execute(
        "select rule_version, sub_account_id, region_id, pool_id, rationale, valid_to from policy.ownership_rules"
    ).fetchall() == [(3, "0042", None, None, "=1+1", date(9999, 12, 31))]
    assert con.execute("select rate from policy.fx_rates").fetchall() == [(Decimal("1.123456789012"),)]
    assert con.execute("select required, allowed_values_from from policy.tag_policy").fetchall() == [(True, None)]


def test_a_second_policy_replaces_the_first(con: duckdb.DuckDBPyConnection, write: Write) -> None:
    folder = write()
    write_policy(con, load_policy(folder))
    (folder / "cost_domains.csv").write_text(DOMAINS.splitlines()[0] + "\n")
    (folder / "pools.csv").unlink()
    write_policy(con, load_policy(folder))
    assert con.execute("select count(*) from policy.cost_domains").fetchall() == [(0,)]
    assert con.execute("select count(*) from policy.pools").fetchall() == [(0,)]


def test_a_failed_write_leaves_the_former_tables(con: duckdb.DuckDBPyConnection, write: Write) -> None:
    folder = write()
    write_policy(con, load_policy(folder))
    policy = load_policy(folder)
    policy.cells["thresholds"][0]["value"] = "not a number"
    (folder / "cost_domains.csv").write_text(DOMAINS.splitlines()[0] + "\n")
    with pytest.raises(duckdb.ConversionException):
        write_policy(con, policy)
    assert con.execute("select count(*) from policy.cost_domains").fetchall() == [(2,)]
