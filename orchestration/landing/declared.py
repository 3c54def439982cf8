"""The columns that each kind declares: read from the dbt sources YAML, which is their single home."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class DeclaredColumn:
    """A column that a kind is known to have.

    Attributes:
        name: as the provider writes it.
        data_type: ``varchar`` or ``timestamp``; None for a column that only travels in ``_extra_columns``.
        required: a delivery without it, or with nothing but nulls in it, is refused.
        carried: travels in ``_extra_columns`` (also when it has a data type).
        number: its text must be a number.
        numbers: paths of the members of its JSON that must be numbers.
        currency: its text must be an ISO 4217 code.
        gathers: for what some files spread over columns: prefix of their names → what it becomes in the key. With a
            data type they become one JSON object under this column's name; without, they travel as they are.
        aliases: other names of the same column; a file that has two of them for a column that is required or a number
            is refused.
        month_first: a timestamp that may be written as M/D/YYYY.
        required_for: another column and its values: a delivery with such rows and without this column is refused.
        filled_for: another column and its values: such a row without a value in this column is refused.
        values: the only values it may have; empty when any will do.
        not_negative: its number must not be below 0.
        nan: NaN may stand for a number that was not measured.
        json_object: its text must be a JSON object.
        unique: no two rows of a delivery may have the same.
        cure: what to do when a required column is not there, where that is more than checking the export.
        most: for numbers: a greater one is refused.
        left_out: is neither landed nor carried: what it holds is nobody's business here.
    """

    name: str
    data_type: str | None
    required: bool = False
    carried: bool = False
    number: bool = False
    numbers: tuple[str, ...] = ()
    currency: bool = False
    gathers: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    month_first: bool = False
    required_for: tuple[tuple[str, tuple[str, ...]], ...] = ()
    filled_for: tuple[tuple[str, tuple[str, ...]], ...] = ()
    values: tuple[str, ...] = ()
    not_negative: bool = False
    nan: bool = False
    json_object: bool = False
    unique: bool = False
    cure: str = ""
    most: int | None = None
    left_out: bool = False


@dataclass(frozen=True)
class Intervals:
    """Columns of a feed that is measured by the hour or the day.

    Attributes:
        start: when the interval of a row begins.
        end: when it ends; within the same day of UTC. A row without it is of the whole day.
        by: what is measured in intervals of one length on a day; whole days and parts of it would be counted twice.
    """

    start: str
    end: str
    by: tuple[str, ...]


@dataclass(frozen=True)
class TakenBack:
    """Rows that take back others, which must be there too: alone they would be a credit that nobody gave.

    Attributes:
        column: says what a row is.
        value: of the rows that take back.
        instead: of the rows that stand for what was taken back.
        added: when a row was added; what stands for another row was not there before that was taken back.
        of: columns that such a row shares with what it takes back.
    """

    column: str
    value: str
    instead: str
    added: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class GivenTogether:
    """Amounts that a bill gives for all rows of one thing or for none: some without the others would lose the rest.

    Attributes:
        of: the column that names the thing.
        column: says what a row is.
        amounts: value of that column → columns of which at least one holds the amount of such a row.
    """

    of: str
    column: str
    amounts: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class DeclaredTable:
    """What a kind's table is declared to hold.

    Attributes:
        kind: the kind, which is the table's name.
        columns: in declared order.
        money: the cash column whose sum the receipt holds; None for usage feeds.
        money_rows: column and values of the rows whose money is cash; None when every row's is.
        may_lack_money: rows without an amount cost nothing; else one is refused.
        credits: nested column whose elements' ``amount`` belongs to the cash, if any.
        added: further columns that are billed on top of the money column (tax).
        deducted: columns that lower what is billed (vouchers); positive where they do.
        null_words: the models read words such as NULL in a number column as nothing; else such a word is refused.
        unit_prices: where the money column is a quantity: price columns; the first that is given is paid per unit.
        periods: pairs of start and end columns.
        intervals: of feeds by the hour or the day; None for others.
        taken_back: rows that take back others; None where there are none.
        given_together: amounts that all rows of one thing have, or none; None where there are none.
        once: columns of which no two rows of a delivery have the same values; empty where rows may be alike.
        is_focus: the columns are FOCUS columns.
        has_localised_headers: a header may be a translation, with the name in brackets behind it.
    """

    kind: str
    columns: tuple[DeclaredColumn, ...]
    money: str | None = None
    money_rows: tuple[str, tuple[str, ...]] | None = None
    may_lack_money: bool = False
    credits: str | None = None
    added: tuple[str, ...] = ()
    deducted: tuple[str, ...] = ()
    null_words: bool = False
    unit_prices: tuple[str, ...] = ()
    periods: tuple[tuple[str, str], ...] = ()
    intervals: Intervals | None = None
    taken_back: TakenBack | None = None
    given_together: GivenTogether | None = None
    once: tuple[str, ...] = ()
    is_focus: bool = False
    has_localised_headers: bool = False

    @property
    def landed(self) -> tuple[DeclaredColumn, ...]:
        """The columns that are landed under their own name, in declared order."""
        return tuple(column for column in self.columns if column.data_type)


@cache
def declared_tables(project: Path = PROJECT) -> dict[str, DeclaredTable]:
    """Return the declared table of each kind.

    Args:
        project: the dbt project's folder.

    Raises:
        ValueError: a declaration cannot be used (a mistake of the project, not of a delivery).
    """
    documents: dict[str, tuple[dict[str, Any], Path]] = {}
    for file in sorted(project.glob("models/staging/*/_*__sources.yml")):
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        for source in document.get("sources") or []:
            if not str(source["name"]).startswith("landing_"):
                continue
            for table in source.get("tables") or []:
                if table["name"] in documents:
                    raise ValueError(f"{file}: the kind {table['name']} is declared twice")
                documents[str(table["name"])] = (table, file)
    return {kind: _table(table, file, documents) for kind, (table, file) in documents.items()}


def _table(table: dict[str, Any], file: Path, tables: dict[str, tuple[dict[str, Any], Path]]) -> DeclaredTable:
    meta = (table.get("config") or {}).get("meta") or {}
    columns = tuple(_column(column, file) for column in table.get("columns") or [])
    shared = meta.get("columns_of")
    if shared is not None:
        if shared not in tables:
            raise ValueError(f"{file}: {table['name']}: meta names a table that is not declared: {shared}")
        own = {column.name for column in columns}
        others, others_file = tables[shared]
        inherited = (_column(column, others_file) for column in others.get("columns") or [])
        columns = (*(column for column in inherited if column.name not in own), *columns)
    names = {column.name for column in columns if column.data_type}
    money, credit = meta.get("money"), meta.get("credits")
    periods = tuple((str(start), str(end)) for start, end in meta.get("periods") or [])
    unit_prices, added, deducted, once = (
        tuple(str(name) for name in meta.get(key) or []) for key in ("unit_prices", "added", "deducted", "once")
    )
    money_rows = next(
        ((str(name), tuple(str(value) for value in values)) for name, values in (meta.get("money_rows") or {}).items()),
        None,
    )
    intervals = _intervals(meta.get("intervals"))
    taken_back = _taken_back(meta.get("taken_back"))
    given_together = _given_together(meta.get("given_together"))
    bounds = [name for pair in periods for name in pair]
    bounds += [intervals.start, intervals.end, *intervals.by] if intervals else []
    bounds += [taken_back.column, taken_back.added, *taken_back.of] if taken_back else []
    if given_together:
        bounds += [given_together.of, given_together.column, *(name for _, of in given_together.amounts for name in of)]
    used = (money, credit, *unit_prices, *added, *deducted, *once, *bounds, *(money_rows or ())[:1])
    named = {str(name) for name in used if name}
    if named - names:
        raise ValueError(f"{file}: {table['name']}: meta names columns without a data_type: {sorted(named - names)}")
    return DeclaredTable(
        kind=str(table["name"]),
        columns=columns,
        money=money,
        money_rows=money_rows,
        may_lack_money=bool(meta.get("may_lack_money")),
        credits=credit,
        added=added,
        deducted=deducted,
        null_words=bool(meta.get("null_words")),
        unit_prices=unit_prices,
        periods=periods,
        intervals=intervals,
        taken_back=taken_back,
        given_together=given_together,
        once=once,
        is_focus=meta.get("format") == "focus",
        has_localised_headers=bool(meta.get("localised_headers")),
    )


def _intervals(meta: dict[str, Any] | None) -> Intervals | None:
    if meta is None:
        return None
    return Intervals(str(meta["start"]), str(meta["end"]), tuple(str(name) for name in meta["by"]))


def _taken_back(meta: dict[str, Any] | None) -> TakenBack | None:
    if meta is None:
        return None
    column, value, instead, added = (str(meta[name]) for name in ("column", "value", "instead", "added"))
    return TakenBack(column, value, instead, added, tuple(str(name) for name in meta["of"]))


def _given_together(meta: dict[str, Any] | None) -> GivenTogether | None:
    if meta is None:
        return None
    return GivenTogether(str(meta["of"]), str(meta["column"]), _values_of_columns(meta["amounts"]))


def _column(column: dict[str, Any], file: Path) -> DeclaredColumn:
    meta = (column.get("config") or {}).get("meta") or {}
    data_type = column.get("data_type")
    if data_type not in (None, "varchar", "timestamp"):
        raise ValueError(f"{file}: column {column['name']}: landing knows varchar and timestamp, not {data_type}")
    return DeclaredColumn(
        name=str(column["name"]),
        data_type=data_type,
        required=bool(meta.get("required")),
        carried=bool(meta.get("carried")) or (data_type is None and not meta.get("left_out")),
        number=bool(meta.get("number")),
        numbers=tuple(str(path) for path in meta.get("numbers") or []),
        currency=bool(meta.get("currency")),
        gathers=tuple((str(prefix), str(key)) for prefix, key in (meta.get("gathers") or {}).items()),
        aliases=tuple(str(name) for name in meta.get("aliases") or []),
        month_first=bool(meta.get("month_first")),
        required_for=_values_of_columns(meta.get("required_for")),
        filled_for=_values_of_columns(meta.get("filled_for")),
        values=tuple(str(value) for value in meta.get("values") or []),
        not_negative=bool(meta.get("not_negative")),
        nan=bool(meta.get("nan")),
        json_object=bool(meta.get("json_object")),
        unique=bool(meta.get("unique")),
        cure=str(meta.get("cure") or ""),
        most=meta.get("most"),
        left_out=bool(meta.get("left_out")),
    )


def _values_of_columns(meta: dict[str, Any] | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((str(name), tuple(str(value) for value in values)) for name, values in (meta or {}).items())
