"""Write a policy and the reference seeds into the warehouse, exactly as ``dbt seed`` would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from orchestration.errors import ConfigurationError
from orchestration.policy.csv_file import read_csv
from orchestration.policy.model import PROJECT_SEEDS, Policy


def write_policy(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Replace the tables of schemas ``policy`` and ``reference``, in one transaction.

    Column types are those of the seeds' YAML. Blank cells become nulls.

    Raises:
        ConfigurationError: a reference seed has a column whose type its YAML does not declare.

    """
    con.begin()
    try:
        for table, types in seed_types(PROJECT_SEEDS / "policy").items():
            _replace_table(con, "policy", table, types, policy.cells[table])
        reference = PROJECT_SEEDS / "reference"
        declared = seed_types(reference)
        for path in sorted(reference.glob("*.csv")):
            _replace_table(con, "reference", path.stem, *_reference_rows(path, declared.get(path.stem, {})))
        con.commit()
    except BaseException:
        con.rollback()
        raise


def seed_types(folder: Path) -> dict[str, dict[str, str]]:
    """Return column types per seed, in column order, from the YAML files of a seed folder."""
    types: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.yml")):
        document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for seed in document.get("seeds", []):
            types[seed["name"]] = dict(seed.get("config", {}).get("column_types", {}))
    return types


def _reference_rows(path: Path, declared: dict[str, str]) -> tuple[dict[str, str], list[dict[str, str | None]]]:
    file = read_csv(path)
    for name in file.header:
        if name not in declared:
            raise ConfigurationError(
                f"{path}: column {name}",
                found="no declared type",
                expected="the type under config.column_types in the YAML file beside it",
                cure="Declare the type of the column.",
            )
    rows = [{name: text or None for name, text in zip(file.header, texts, strict=True)} for _, texts in file.rows]
    return {name: declared[name] for name in file.header}, rows


def _replace_table(
    con: duckdb.DuckDBPyConnection, schema: str, table: str, types: dict[str, str], rows: list[dict[str, str | None]]
) -> None:
    """Create the table from text cells, cast by the engine to the declared types."""
    con.execute(f'create schema if not exists "{schema}"')
    columns = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
    con.execute(f'create or replace table "{schema}"."{table}" ({columns})')
    if not rows:
        return
    texts = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in types})
    casts = ", ".join(f'cast("{name}" as {kind})' for name, kind in types.items())
    con.register("seed_cells", texts)
    try:
        con.execute(f'insert into "{schema}"."{table}" select {casts} from seed_cells')  # noqa: S608 - own names
    finally:
        con.unregister("seed_cells")
