"""Data files → text-typed Parquet, by DuckDB, with every part of the dialect set and nothing sniffed.

A landed column is text, verbatim: a null word stays a word, an empty value without quotes is null. Nested Parquet
values become JSON text, numbers their shortest decimal text. Columns that are not declared travel in `_extra_columns`.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.errors import DeliveryRefused
from orchestration.landing.declared import DeclaredColumn, DeclaredTable
from orchestration.landing.inspection import Inspection, checked_names, unify_line_ends
from orchestration.warehouse.quoting import identifier, literal, literals

NULL_WORDS = ("", "NULL", "null", "Null", "N/A", "n/a")  # what the models read as null, to the letter: macro null_words
_TEXT: Any = {"encoding": "utf-8-sig", "errors": "replace", "newline": ""}
_ROW_GROUP = 61_440  # half of the usual: rows are wide, and several files are written at a time
_MAX_LINE_BYTES = 4 * 1024 * 1024
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_COUNTS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_LOCALISED = re.compile(r"[^()]*\(([A-Za-z]\w*)\)")
_NUMERIC = re.compile(r"^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$|^(FLOAT|DOUBLE|DECIMAL)")
_NESTED = re.compile(r"^(STRUCT|MAP|UNION)\(|\[\d*\]$|^JSON$")


@dataclass(frozen=True)
class FoundColumn:
    """A column of a file.

    Attributes:
        name: as the file writes it, trimmed.
        source: SQL that names it in the reading statement.
        sql_type: its DuckDB type.
    """

    name: str
    source: str
    sql_type: str = "VARCHAR"

    @property
    def text(self) -> str:
        """SQL of the value as text."""
        return _as_text(self.source, self.sql_type)

    @property
    def type_kind(self) -> str:
        """What kind of type it has: text, number, time, boolean or nested."""
        if _NESTED.search(self.sql_type):
            return "nested"
        if self.sql_type == "BOOLEAN":
            return "boolean"
        if self.sql_type.startswith(("TIME", "DATE")):
            return "time"
        return "number" if _NUMERIC.match(self.sql_type) else "text"

    @property
    def json_member(self) -> str:
        """SQL of the value as a member of a JSON object; null when there is no value."""
        key = literal(_json_string(self.name) + ":")
        if _NESTED.search(self.sql_type):
            return f"{key} || cast(to_json({_exact(self.source, self.sql_type)}) as varchar)"
        return f"{key} || cast(to_json(nullif({self.text}, '')) as varchar)"


@dataclass(frozen=True)
class Mapping:
    """How a file's columns meet the declared ones.

    Attributes:
        columns: declared name → the file's column, for those that were found.
        constants: declared name → what holds for every row and is not in the file.
        extras: columns that travel in `_extra_columns`, by name.
        absent: declared columns that the file lacks.
        undeclared: columns of the file that are not declared.
    """

    columns: dict[str, FoundColumn]
    constants: dict[str, str]
    extras: tuple[FoundColumn, ...]
    absent: tuple[str, ...]
    undeclared: tuple[str, ...]


def found_columns(con: duckdb.DuckDBPyConnection, local: Path, path: str, inspection: Inspection) -> list[FoundColumn]:
    """Return a file's columns in file order.

    Raises:
        DeliveryRefused: a Parquet file cannot be read, or holds decimals that cannot be kept exactly.
    """
    if inspection.file_format == "csv":
        return [FoundColumn(name, f"c{index}") for index, name in enumerate(inspection.header)]
    try:
        wide = [field.name for field in pq.read_schema(local) if "decimal256(" in str(field.type)]
        rows = con.execute(f"describe select * from {_parquet(local)}").fetchall()  # noqa: S608
    except (duckdb.Error, pa.ArrowException) as error:
        raise _unreadable_parquet(path, error) from None
    if wide:
        raise DeliveryRefused(
            f"{path}: {wide[0]}",
            found="decimals of more than 38 digits",
            expected="decimals of at most 38 digits, which can be kept exactly",
            cure="Export the column as NUMERIC (38 digits, 9 decimals) or as text.",
        )
    checked_names([str(row[0]).strip() for row in rows], path)
    return [FoundColumn(str(row[0]).strip(), identifier(str(row[0])), str(row[1])) for row in rows]


def map_columns(
    found: list[FoundColumn], table: DeclaredTable, path: str, constants: dict[str, str] | None = None
) -> Mapping:
    """Match a file's columns with the declared ones: by name, in any case, then by alias, then by prefix.

    A localised header, of kinds that have them, is its name in brackets: ``Kosten (Cost)`` is Cost.

    Args:
        found: the file's columns.
        table: the declared table.
        path: the file, for messages.
        constants: declared name → what holds for every row and is not in the file.

    Raises:
        DeliveryRefused: two columns are one that is required or a number: each row would have two amounts.
    """
    exact = {column.name: column for column in found}
    folded = {_plain(column.name, table).lower(): column for column in reversed(found)}
    folded |= {column.name.lower(): column for column in reversed(found)}
    declared_exact = {column.name for column in table.columns}
    columns: dict[str, FoundColumn] = {}
    for column in table.columns:
        match = exact.get(column.name) or folded.get(column.name.lower())
        if not match or (match.name != column.name and match.name in declared_exact):
            match = next((folded[name.lower()] for name in column.aliases if name.lower() in folded), None)
        if match:
            columns[column.name] = match
            if column.required or column.number:
                _refuse_second_name(found, table, column, match, path)
    known = {match.name for match in columns.values()}
    for column in table.columns:
        members = {
            key + other.name.removeprefix(prefix): other
            for prefix, key in column.gathers
            for other in found
            if other.name.startswith(prefix) and other.name not in known
        }
        if members and column.data_type and column.name not in columns:
            columns[column.name] = _gathered(column.name, members)
            known |= {other.name for other in members.values()}
    travelling = tuple(prefix for column in table.columns if not column.data_type for prefix, _ in column.gathers)
    carried = {columns[column.name].name for column in table.columns if column.carried and column.name in columns}
    undeclared = tuple(
        sorted(column.name for column in found if column.name not in known and not column.name.startswith(travelling))
    )
    extras = sorted((column for column in found if column.name in carried or column.name not in known), key=_by_name)
    given = dict(constants or {})
    absent = tuple(
        column.name
        for column in table.columns
        if column.name not in columns
        and column.name not in given
        and not column.left_out
        and not _travels(column, found)
    )
    return Mapping(columns, given, tuple(extras), absent, undeclared)


def convert(
    con: duckdb.DuckDBPyConnection,
    local: Path,
    path: str,
    inspection: Inspection,
    found: list[FoundColumn],
    mapping: Mapping,
    table: DeclaredTable,
    target: Path,
) -> int:
    """Write a file as text-typed Parquet, one row per data row, in file order.

    Args:
        con: a connection of its own for this file.
        local: the file.
        path: its path in the location, which becomes `_source_file`.
        inspection: what the first pass told.
        found: its columns.
        mapping: how they meet the declared ones.
        table: the declared table.
        target: the Parquet file to write.

    Returns:
        The number of data rows.

    Raises:
        DeliveryRefused: a row does not have as many values as the header, a value cannot be read as declared, and the
            like; names the line or row.
    """
    select = [f"{_landed(mapping, column)} as {identifier(column.name)}" for column in table.landed]
    names = ", ".join(identifier(column.name) for column in table.landed)
    members = ", ".join(column.json_member for column in mapping.extras)
    extra = f"nullif('{{' || concat_ws(',', {members}) || '}}', '{{}}')" if members else "cast(null as varchar)"
    if inspection.file_format == "parquet":
        row, row_columns = "file_row_number + 1", ", file_row_number"
        relation = _parquet(local, ", file_row_number = true")
    else:
        source = local
        if inspection.line_ends == "mixed":
            source = target.with_suffix(".csv")
            unify_line_ends(local, path, inspection.is_gzip, source)
        # numbered above the projection: below it, the window would copy every column of the file
        row, row_columns = "row_number() over ()", ""
        relation = _csv(source, len(found), inspection)
    try:
        result = con.execute(
            f"copy (select {names}, _extra_columns, {literal(path)} as _source_file, "  # noqa: S608
            f"cast({row} as bigint) as _source_row, cast(null as boolean) as _is_final "
            f"from (select {', '.join(select)}, {extra} as _extra_columns{row_columns} from {relation})) "
            f"to {literal(str(target))} (format parquet, compression zstd, row_group_size {_ROW_GROUP})"
        ).fetchone()
    except duckdb.ConversionException:
        raise _not_a_time(con, path, mapping, table, row, relation) from None
    except duckdb.Error as error:
        if inspection.file_format == "parquet":
            raise _unreadable_parquet(path, error) from None
        raise _unreadable_csv(local, path, inspection.is_gzip, error) from None
    finally:
        if inspection.line_ends == "mixed":
            target.with_suffix(".csv").unlink(missing_ok=True)
    return int(result[0]) if result else 0


def time_range(
    con: duckdb.DuckDBPyConnection, local: Path, path: str, inspection: Inspection, column: str
) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the first and last time in a column of a Parquet file; None when it has no such column, or no time in it.

    Raises:
        DeliveryRefused: the file cannot be read, or a value of the column is no time.
    """
    named = [found for found in found_columns(con, local, path, inspection) if found.name.lower() == column.lower()]
    if not named:
        return None
    time = _as_time(named[0])
    try:
        row = con.execute(f"select min({time}), max({time}) from {_parquet(local)}").fetchone()  # noqa: S608
    except duckdb.ConversionException as error:
        raise DeliveryRefused(
            f"{path}: {column}",
            found=f"a value that is no time ({str(error).splitlines()[0]})",
            expected="times such as 2026-06-01T00:00:00Z",
            cure="Run the export again; if the provider changed its format, tell the project.",
        ) from None
    except duckdb.Error as error:
        raise _unreadable_parquet(path, error) from None
    return (row[0], row[1]) if row and row[0] is not None else None


def time_sql(text: str) -> str:
    """Return SQL that reads a time in the forms providers use as UTC; an error of DuckDB when it is none of them."""
    with_seconds = f"regexp_replace({text}, '^(\\d{{4}}-\\d\\d-\\d\\d)[T ](\\d\\d:\\d\\d)([^:]|$)', '\\1T\\2:00\\3')"
    return f"coalesce(try_cast({text} as timestamptz), cast({with_seconds} as timestamptz)) at time zone 'UTC'"


def is_null_sql(text: str) -> str:
    """Return SQL that is true for null and for the words that providers write for it."""
    words = literals(NULL_WORDS)
    return f"({text} is null or {text} in ({words}))"


def _travels(column: DeclaredColumn, found: list[FoundColumn]) -> bool:
    """Whether a column that is not landed is there as others that begin with one of its prefixes."""
    prefixes = () if column.data_type else tuple(prefix for prefix, _ in column.gathers)
    return any(other.name.startswith(prefixes) for other in found)


def _gathered(name: str, members: dict[str, FoundColumn]) -> FoundColumn:
    """Return columns as one of JSON text, keys sorted; null where none of them has a value."""
    texts = ", ".join(replace(column, name=key).json_member for key, column in sorted(members.items()))
    return FoundColumn(name, f"nullif('{{' || concat_ws(',', {texts}) || '}}', '{{}}')")


def _landed(mapping: Mapping, declared: DeclaredColumn) -> str:
    if declared.name in mapping.constants:
        return f"cast({literal(mapping.constants[declared.name])} as {declared.data_type})"
    column = mapping.columns.get(declared.name)
    if column is None:
        return f"cast(null as {declared.data_type})"
    return column.text if declared.data_type == "varchar" else _as_time(column, declared.month_first)


def _as_time(column: FoundColumn, month_first: bool = False) -> str:
    """Return SQL of a column as a timestamp in UTC; null for words that mean null."""
    if column.sql_type.startswith("TIMESTAMP WITH TIME ZONE"):
        return f"cast({column.source} at time zone 'UTC' as timestamp)"
    if column.sql_type.startswith(("TIMESTAMP", "DATE")):
        return f"cast({column.source} as timestamp)"
    return f"case when not {is_null_sql(column.text)} then {_time(column.text, month_first)} end"


def _time(text: str, month_first: bool) -> str:
    """Return SQL of a time; DuckDB itself reads no date with slashes that does not begin with the year."""
    if not month_first:
        return time_sql(text)
    return f"coalesce(try_strptime({text}, ['%m/%d/%Y', '%m/%d/%Y %H:%M']), {time_sql(text)})"


def _as_text(source: str, sql_type: str) -> str:
    if sql_type == "VARCHAR":
        return source
    if _NESTED.search(sql_type):
        return f"cast(to_json({_exact(source, sql_type)}) as varchar)"
    if sql_type.startswith("TIMESTAMP WITH TIME ZONE"):
        return f"replace(cast(cast({source} at time zone 'UTC' as timestamp) as varchar), ' ', 'T') || 'Z'"
    if sql_type.startswith("TIMESTAMP"):
        return f"replace(cast(cast({source} as timestamp) as varchar), ' ', 'T') || 'Z'"
    return f"cast({source} as varchar)"


def _exact(source: str, sql_type: str) -> str:
    """Return SQL of a nested value whose decimals and single floats are text, so that JSON keeps every digit."""
    exact = re.sub(r"DECIMAL\(\d+,\s*\d+\)|\bFLOAT\b", "VARCHAR", sql_type)
    return source if exact == sql_type else f"cast({source} as {exact})"


def _csv(local: Path, columns: int, inspection: Inspection) -> str:
    types = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(columns))
    new_line = "" if inspection.line_ends == "crlf" else ", new_line = '\\n'"
    gzip = inspection.is_gzip and inspection.line_ends != "mixed"
    return (
        f"read_csv([{literal(str(local))}], columns = {{{types}}}, auto_detect = false, header = true, delim = ',', "
        f"quote = '\"', escape = '\"', strict_mode = true, null_padding = false, ignore_errors = false, "
        f"allow_quoted_nulls = false, hive_partitioning = false, max_line_size = {_MAX_LINE_BYTES}, "
        f"compression = {literal('gzip' if gzip else 'none')}{new_line})"
    )


def _parquet(local: Path, options: str = "") -> str:
    return f"read_parquet([{literal(str(local))}], hive_partitioning = false, binary_as_string = true{options})"


def _unreadable_csv(local: Path, path: str, is_gzip: bool, error: duckdb.Error) -> DeliveryRefused:
    message = str(error)
    line, counts = _LINE.search(message), _COUNTS.search(message)
    where = f"{path}:{_first_line(local, is_gzip, int(line.group(1)))}" if line else path
    if counts:
        return DeliveryRefused(
            where,
            found=f"{counts.group(2)} values",
            expected=f"{counts.group(1)}, as many as the header names",
            cure="The row is cut off, or a value with a comma is not quoted; have the provider deliver again.",
        )
    lines = [part.strip() for part in message.splitlines() if part.strip() and not part.startswith("Original Line")]
    detail = next((part for part in lines if "CSV Error on Line" not in part), lines[0] if lines else "unknown")
    return DeliveryRefused(
        where,
        found=f"text that is not CSV ({detail})",
        expected="UTF-8 CSV, separated by commas, quoted with double quotes, quotes doubled inside them",
        cure="Have the provider deliver again, or export the file again as UTF-8 CSV.",
    )


def _first_line(local: Path, is_gzip: bool, record: int) -> int:
    """Return the line at which a record starts: DuckDB counts records, a reader of the file counts lines."""
    with gzip.open(local, "rt", **_TEXT) if is_gzip else local.open("rt", **_TEXT) as file:
        reader = csv.reader(file)
        started = 1
        for number, _ in enumerate(reader, start=1):
            if number == record:
                break
            started = reader.line_num + 1
        return started


def _unreadable_parquet(path: str, error: Exception) -> DeliveryRefused:
    return DeliveryRefused(
        path,
        found=f"a Parquet file that cannot be read ({str(error).splitlines()[0]})",
        expected="a whole Parquet file",
        cure="The copy was cut off or altered; copy the file again, or have the provider deliver again.",
    )


def _not_a_time(
    con: duckdb.DuckDBPyConnection, path: str, mapping: Mapping, table: DeclaredTable, row: str, relation: str
) -> DeliveryRefused:
    """Find the first value that is not a time, to name its row."""
    for column in table.landed:
        found = mapping.columns.get(column.name)
        if column.data_type != "timestamp" or found is None:
            continue
        readable = _time(found.text, column.month_first).replace("cast(regexp", "try_cast(regexp")
        bad = con.execute(
            f"select source_row, value from (select {row} as source_row, {found.text} as value, "  # noqa: S608
            f"not {is_null_sql(found.text)} and {readable} is null as is_bad from {relation}) where is_bad limit 1"
        ).fetchone()
        if bad:
            return DeliveryRefused(
                f"{path}, row {bad[0]}: {column.name}",
                found=repr(bad[1]),
                expected="a time such as 2026-06-01T00:00:00Z"
                + (", or a date with the month first such as 6/1/2026" if column.month_first else ""),
                cure="Have the provider deliver again; if the provider changed its format, tell the project.",
            )
    return DeliveryRefused(
        path,
        found="a value that cannot be read",
        expected="values of the declared types",
        cure="Have the provider deliver again.",
    )


def _plain(name: str, table: DeclaredTable) -> str:
    """Return the name in brackets at the end of a localised header; the header itself where there is none."""
    match = _LOCALISED.fullmatch(name) if table.has_localised_headers else None
    return match.group(1) if match else name


def _refuse_second_name(
    found: list[FoundColumn], table: DeclaredTable, column: DeclaredColumn, match: FoundColumn, path: str
) -> None:
    names = {name.lower() for name in (column.name, *column.aliases)}
    for other in found:
        if other.name != match.name and _plain(other.name, table).lower() in names:
            raise DeliveryRefused(
                path,
                found=f"the columns {match.name} and {other.name}, which both mean {column.name}",
                expected="the columns of one column set",
                cure="Files of two exports were appended to each other; export them into files of their own.",
            )


def _by_name(column: FoundColumn) -> str:
    return column.name


def _json_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
