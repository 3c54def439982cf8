"""What is checked in a delivery's rows before it counts: numbers, currencies, periods and keys."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from orchestration.currencies import currencies
from orchestration.errors import DeliveryRefused
from orchestration.landing.declared import DeclaredColumn, DeclaredTable, GivenTogether, Intervals, TakenBack
from orchestration.landing.readers import is_null_sql, time_sql
from orchestration.warehouse.quoting import identifier, literal, literals

_NUMBER = r"-?([0-9]{1,26}\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?"
_SMALL_NUMBER = r"-?([0-9]{1,25}\.?[0-9]*|\.[0-9]+)([eE]-[0-9]{1,3})?"  # fits into decimal(38,12) for sure


@dataclass(frozen=True)
class Totals:
    """Control totals of a delivery.

    Attributes:
        rows: data rows.
        cost: sum of the cash column, each row rounded half up at 12 decimals; None for usage feeds.
        currencies: the currencies found, sorted.
    """

    rows: int
    cost: Decimal | None
    currencies: tuple[str, ...]


def check_rows(con: duckdb.DuckDBPyConnection, parts: list[Path], table: DeclaredTable, found: set[str]) -> Totals:
    """Check the rows of a delivery's Parquet parts, and add them up.

    Args:
        con: the landing connection.
        parts: the converted files.
        table: the declared table.
        found: the declared columns that the delivery has.

    Raises:
        DeliveryRefused: a value is not what its column must hold; names file, row and column.
    """
    names = literals(parts)
    con.execute(
        f"create or replace temp view delivery as select * from read_parquet([{names}], hive_partitioning = false)"  # noqa: S608
    )
    numbers = _numbers(table, found)
    required = [column.name for column in table.landed if column.required and column.name in found]
    aggregates = [f"count(*) filter (where {number.is_bad})" for number in numbers]
    aggregates += [f"count(*) filter (where not {_is_null(table, name)})" for name in required]
    if table.credits and table.credits in found:
        _check_credits(con, table.credits)
    if table.money and not table.may_lack_money:
        _check_amounts(con, table.money)
    cost = _cost_sql(table, table.money) if table.money else "null"
    try:
        row = _one(con, f"select {', '.join(['count(*)', cost, *aggregates])} from delivery")  # noqa: S608
    except (duckdb.ConversionException, duckdb.OutOfRangeException):
        # an amount that cannot be added up; which of them is found by the checks of the columns
        row = _one(con, f"select {', '.join(['count(*)', 'null', *aggregates])} from delivery")  # noqa: S608
        if table.money and not any(row[2 : 2 + len(numbers)]):
            raise DeliveryRefused(
                f"{_file_names(con)}: {table.money}",
                found="amounts whose sum has more than 26 digits",
                expected="amounts of money",
                cure="Have the provider deliver again with amounts in units of the currency.",
            ) from None
    rows = int(row[0])
    for number, bad in zip(numbers, row[2:], strict=False):
        if bad:
            _refuse_number(con, number)
    for name, given in zip(required, row[2 + len(numbers) :], strict=False):
        if rows and not given:
            raise DeliveryRefused(
                f"{_file_names(con)}: {name}",
                found=f"nothing but nulls in {rows} rows",
                expected="a value: charges cannot be placed without it",
                cure="Have the provider deliver again with this column.",
            )
    _check_most(con, table, found)
    _check_required_for(con, table, found)
    _check_filled_for(con, table, found)
    _check_values(con, table, found)
    _check_periods(con, table, found)
    if table.intervals:
        _check_intervals(con, table.intervals)
    _check_unique(con, table, found)
    if table.once:
        _check_once(con, table.once)
    if table.taken_back:
        _check_taken_back(con, table.taken_back)
    if table.given_together:
        _check_given_together(con, table.given_together)
    return Totals(rows, None if table.money is None else row[1] or Decimal(0), _check_currencies(con, table, found))


def decimal_sql(text: str) -> str:
    """Return SQL of a number's text as decimal(38,12), rounded half up once; the same as the models' decimal_from_text.

    The plain cast is slow, and rounds E-notation wrongly when it has digits beyond the scale.
    """
    in_64_bits = f"cast(try_cast({text} as decimal(18, 12)) as decimal(38, 12))"
    return (
        f"case when contains(lower({text}), 'e') "
        f"then coalesce(cast(try_cast({text} as decimal(38, 24)) as decimal(38, 12)), cast({text} as decimal(38, 12))) "
        f"else coalesce({in_64_bits}, cast({text} as decimal(38, 12))) end"
    )


def _cost_sql(table: DeclaredTable, cash_column: str) -> str:
    money = identifier(cash_column)
    cash = f"case when {is_null_sql(money)} then 0 else {decimal_sql(money)} end"
    if table.money_rows:
        column, values = table.money_rows
        listed = literals(values)
        cash = f"case when {identifier(column)} in ({listed}) then {cash} else 0 end"
    if table.unit_prices:
        prices = (
            f"case when {is_null_sql(identifier(name))} then null else {decimal_sql(identifier(name))} end"
            for name in table.unit_prices
        )
        cash = f"cast(cast({cash} as decimal(38, 12)) * coalesce({', '.join(prices)}, 0) as decimal(38, 12))"
    for sign, names in (("+", table.added), ("-", table.deducted)):
        for name in names:
            part = identifier(name)
            cash += f" {sign} case when {is_null_sql(part)} then 0 else {decimal_sql(part)} end"
    if table.credits:
        amounts = f'json_transform("{table.credits}", \'[{{"amount": "VARCHAR"}}]\')'
        element = decimal_sql("element.amount")
        cash += f" + coalesce(list_sum(list_transform({amounts}, lambda element: {element})), 0)"
    return f"cast(sum(cast({cash} as decimal(38, 12))) as decimal(38, 12))"


@dataclass(frozen=True)
class _Number:
    """A number of a delivery's rows: a column of its own, a column that only travels, or the members of one of JSON.

    Attributes:
        column: the declared column.
        name: SQL of what it is called in messages.
        text: SQL of its text, of members that of a bad one.
        is_bad: SQL that is true where the models could not make a decimal(38,12) of it.
        null_words: whether the models read words such as NULL in it as nothing.
    """

    column: DeclaredColumn
    name: str
    text: str
    is_bad: str
    null_words: bool = False


def _numbers(table: DeclaredTable, found: set[str]) -> list[_Number]:
    numbers = []
    for column in table.columns:
        if column.name not in found:
            continue
        if column.number:
            name = literal(column.name)
            text = identifier(column.name)
            if not column.data_type:
                text = f"json_extract_string(_extra_columns, '$.{text}')"
            bad = _is_bad_number(text, column, table.null_words)
            numbers.append(_Number(column, name, text, bad, table.null_words))
        if column.numbers:
            # one reading of a JSON text for all of its members
            paths = ", ".join(literal(f"$.{member}") for member in column.numbers)
            names = ", ".join(literal(f"{column.name}.{member}") for member in column.numbers)
            texts = f"try(json_extract_string({identifier(column.name)}, [{paths}]))"
            bad = f"list_transform({texts}, lambda value: {_is_bad_number('value', column, False)})"
            place = f"list_position({bad}, true)"
            numbers.append(_Number(column, f"[{names}][{place}]", f"{texts}[{place}]", f"coalesce({place} > 0, false)"))
    return numbers


def _is_bad_number(text: str, column: DeclaredColumn, null_words: bool) -> str:
    is_nothing = is_null_sql(text) if null_words else f"({text} is null or {text} = '')"
    # a cast costs more than all the rest: it is only tried on what may not fit
    bad = (
        f"case when {is_nothing} or regexp_full_match({text}, '{_SMALL_NUMBER}') then false "
        f"else not regexp_full_match({text}, '{_NUMBER}') or try_cast({text} as decimal(38, 12)) is null end"
    )
    if column.nan:
        bad += f" and lower(trim({text})) <> 'nan'"
    if column.not_negative:
        bad = f"{bad} or {text} like '-%' and regexp_matches({text}, '^-[0.]*[1-9]')"
    return bad


def _refuse_number(con: duckdb.DuckDBPyConnection, number: _Number) -> None:
    file, row, name, value = _one(
        con,
        f"select _source_file, _source_row, {number.name}, {number.text} from delivery where {number.is_bad} "  # noqa: S608
        "order by _source_file, _source_row limit 1",
    )
    raise DeliveryRefused(
        f"{file}, row {row}: {name}",
        found=repr(value),
        expected="a number such as 1234.5 or 1.2345E3, without plus sign, thousands separators or currency"
        + (", not below 0" if number.column.not_negative else "")
        + ("" if number.null_words else ", or nothing at all"),
        cure="Export the file again with plain numbers; an amount is never guessed.",
    )


def _check_most(con: duckdb.DuckDBPyConnection, table: DeclaredTable, found: set[str]) -> None:
    """Refuse numbers beyond what their column can hold: they are of another unit."""
    for column in table.landed:
        if column.most is None or column.name not in found:
            continue
        name = identifier(column.name)
        bad = con.execute(
            f"select _source_file, _source_row, {name} from delivery "  # noqa: S608
            f"where not {is_null_sql(name)} and try_cast({name} as double) > {column.most} "
            "order by _source_file, _source_row limit 1"
        ).fetchone()
        if bad:
            raise DeliveryRefused(
                f"{bad[0]}, row {bad[1]}: {column.name}",
                found=str(bad[2]),
                expected=f"a number of at most {column.most}",
                cure="Export the column in the unit that the documentation names.",
            )


def _check_amounts(con: duckdb.DuckDBPyConnection, money: str) -> None:
    """Refuse a row without an amount: what it costs is not known, and nothing would be a guess."""
    name = identifier(money)
    row = con.execute(
        f"select _source_file, _source_row, {name} from delivery where {is_null_sql(name)} "  # noqa: S608
        "order by _source_file, _source_row limit 1"
    ).fetchone()
    if row:
        raise DeliveryRefused(
            f"{row[0]}, row {row[1]}: {money}",
            found=repr(row[2]) if row[2] else "no amount",
            expected="a number on every row, 0 where it costs nothing",
            cure="Have the provider deliver again; an amount is never guessed.",
        )


def _check_credits(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Refuse credits that are no list, or have an element without an amount: they would silently count as nothing."""
    column = identifier(name)
    amounts = f'try(json_transform({column}, \'[{{"amount": "VARCHAR"}}]\'))'
    bad_amount = f"lambda element: element.amount is null or not regexp_full_match(element.amount, '{_NUMBER}')"
    bad = con.execute(
        f"select _source_file, _source_row, {column} from delivery where not {is_null_sql(column)} and "  # noqa: S608
        f"(left(ltrim({column}), 1) <> '[' or {amounts} is null or len(list_filter({amounts}, {bad_amount})) > 0) "
        "order by _source_file, _source_row limit 1"
    ).fetchone()
    if bad:
        raise DeliveryRefused(
            f"{bad[0]}, row {bad[1]}: {name}",
            found=bad[2] if len(bad[2]) <= 120 else f"{bad[2][:117]}...",
            expected="a list of objects, each with an amount such as -1.5",
            cure="Export the table again with nested columns as they are; a credit without amount cannot be billed.",
        )


def _check_required_for(con: duckdb.DuckDBPyConnection, table: DeclaredTable, found: set[str]) -> None:
    for column in table.landed:
        for other, values in column.required_for if column.name not in found else ():
            row = con.execute(
                f"select _source_file, _source_row, {identifier(other)} from delivery "  # noqa: S608
                f"where list_contains($1, {identifier(other)}) order by _source_file, _source_row limit 1",
                [list(values)],
            ).fetchone()
            if row:
                raise DeliveryRefused(
                    f"{row[0]}, row {row[1]}: {column.name}",
                    found=f"no such column, but {other} {row[2]}",
                    expected=f"{column.name}, which says what rows of this kind cost",
                    cure="Include the column in the export again; an amount is never guessed.",
                )


def _check_filled_for(con: duckdb.DuckDBPyConnection, table: DeclaredTable, found: set[str]) -> None:
    """Refuse a row that lacks what rows of its sort must say."""
    for column in table.landed:
        missing = _is_null(table, column.name) if column.name in found else "true"
        for other, values in column.filled_for if column.filled_for else ():
            row = con.execute(
                f"select _source_file, _source_row, {identifier(other)} from delivery "  # noqa: S608
                f"where {missing} and list_contains($1, {identifier(other)}) "
                "order by _source_file, _source_row limit 1",
                [list(values)],
            ).fetchone()
            if row:
                raise DeliveryRefused(
                    f"{row[0]}, row {row[1]}: {column.name}",
                    found=f"nothing, but {other} {row[2]}",
                    expected=f"a value on every row of {other} {', '.join(values)}",
                    cure="Fill it in where the file is made, or have the provider deliver again; it is never guessed.",
                )


def _check_values(con: duckdb.DuckDBPyConnection, table: DeclaredTable, found: set[str]) -> None:
    """Refuse a value that a column cannot have, and text that is no JSON object: the models would stop there."""
    for column in table.landed:
        if column.name not in found or not (column.values or column.json_object):
            continue
        name = identifier(column.name)
        if column.values:
            listed = literals(column.values)
            bad, expected = f"{name} not in ({listed})", "one of " + ", ".join(column.values)
        else:
            bad = f"coalesce(try(json_type({name})), '') <> 'OBJECT'"
            expected = 'a JSON object such as {"app": "shop"}, or nothing'
        value = con.execute(
            f"select min({name}) from (select distinct {name} from delivery) where not {is_null_sql(name)} and {bad}"  # noqa: S608
        ).fetchone()
        if value and value[0] is not None:
            file, row = _one(
                con,
                f"select _source_file, _source_row from delivery where {name} = $1 "  # noqa: S608
                "order by _source_file, _source_row limit 1",
                [value[0]],
            )
            raise DeliveryRefused(
                f"{file}, row {row}: {column.name}",
                found=repr(value[0]) if len(value[0]) <= 120 else f"{value[0][:117]}...",
                expected=expected,
                cure="Correct what writes the file, and deliver it again.",
            )


def _check_intervals(con: duckdb.DuckDBPyConnection, intervals: Intervals) -> None:
    """Refuse intervals that leave their day, and a day that is there as a whole and in parts: it would count twice."""
    start, end = identifier(intervals.start), identifier(intervals.end)
    last = f"coalesce({end}, {start} + interval 1 day) - interval 1 microsecond"
    row = con.execute(
        f"select _source_file, _source_row, {start}, {end} from delivery "  # noqa: S608
        f"where cast({last} as date) > cast({start} as date) order by _source_file, _source_row limit 1"
    ).fetchone()
    if row:
        raise DeliveryRefused(
            f"{row[0]}, row {row[1]}: {intervals.end}",
            found=f"{row[3]} after a start at {row[2]}" if row[3] else f"nothing after a start at {row[2]}",
            expected="an interval within one day of UTC: an hour or a day",
            cure="Export by hours, or by days that begin at midnight UTC.",
        )
    names = ", ".join(identifier(name) for name in intervals.by)
    is_part = f"({end} is not null and {end} < cast(cast({start} as date) as timestamp) + interval '23:59:59')"
    row = con.execute(
        f"select min(_source_file), max(_source_file), cast({start} as date), {names} from (select distinct "  # noqa: S608
        f"_source_file, {start}, {end}, {names} from delivery) group by cast({start} as date), {names} "
        f"having bool_or({is_part} or {start} > cast({start} as date)) "
        f"and bool_or(not {is_part} and {start} = cast({start} as date)) order by all limit 1"
    ).fetchone()
    if row:
        what = " ".join(str(value) for value in row[3:] if value is not None)
        raise DeliveryRefused(
            row[0] if row[0] == row[1] else f"{row[0]} and {row[1]}",
            found=f"the day {row[2]} of {what} as a whole, and hours of it",
            expected="a day either as a whole or by its hours",
            cure="Remove the older of the two: what they measured would count twice.",
        )


def _check_unique(con: duckdb.DuckDBPyConnection, table: DeclaredTable, found: set[str]) -> None:
    """Refuse an identifier that comes twice: a join that finds two rows for one doubles what it costs."""
    for column in table.landed:
        if not column.unique or column.name not in found:
            continue
        name = identifier(column.name)
        row = con.execute(
            f"select {name}, min(_source_file), max(_source_file), count(*) from delivery "  # noqa: S608
            f"where not {is_null_sql(name)} group by {name} having count(*) > 1 order by {name} limit 1"
        ).fetchone()
        if row:
            raise DeliveryRefused(
                f"{row[1] if row[1] == row[2] else f'{row[1]} and {row[2]}'}: {column.name}",
                found=f"{row[0]} on {row[3]} rows",
                expected="each identifier once",
                cure="Export again: a join may have found two rows for one, such as two prices in force at once.",
            )


def _check_once(con: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    """Refuse rows that say the same thing: files of one set that were made from one register overlap."""
    keys = ", ".join(identifier(name) for name in names)
    row = con.execute(
        f"select min(_source_file), max(_source_file), {keys} from delivery group by {keys} "  # noqa: S608
        "having count(*) > 1 order by all limit 1"
    ).fetchone()
    if row:
        what = ", ".join(str(value) for value in row[2:] if value is not None)
        raise DeliveryRefused(
            row[0] if row[0] == row[1] else f"{row[0]} and {row[1]}",
            found=f"{what}, in more than one row",
            expected="each once: what files of one name hold adds up",
            cure="Remove it from one of the files; if one replaces the other, name both with the day they were made.",
        )


def _check_taken_back(con: duckdb.DuckDBPyConnection, taken_back: TakenBack) -> None:
    """Refuse a row that takes back what is not there: the delivery has a part of its month only.

    What stands for a row that was taken back could be taken back itself. Where nothing else is there that could, it
    must have been added earlier.
    """
    kind, added = identifier(taken_back.column), identifier(taken_back.added)
    is_taking, is_instead = f"coalesce({kind} = $1, false)", f"coalesce({kind} = $2, false)"
    keys = ", ".join(identifier(name) for name in taken_back.of)
    row = con.execute(
        f"select arg_min(_source_file, _source_row), min(_source_row), {keys} from (select *, "  # noqa: S608
        f"max({added}) filter (where {is_taking}) over (partition by {keys}) as taken_at from delivery) "
        f"group by {keys} having count(*) filter (where {is_taking}) > case "
        f"when count(*) filter (where not {is_taking} and not {is_instead}) > 0 "
        f"then count(*) filter (where not {is_taking}) "
        f"else count(*) filter (where {is_instead} and {added} < taken_at) end "
        "order by all limit 1",
        [taken_back.value, taken_back.instead],
    ).fetchone()
    if row:
        what = ", ".join(str(value) for value in row[2:] if value is not None)
        raise DeliveryRefused(
            f"{row[0]}, row {row[1]}: {taken_back.column}",
            found=f"{taken_back.value} of {what}, and nothing that it takes back",
            expected="what is taken back beside what takes it back, in this file or in an older one of its name",
            cure="Export the whole month again; or keep the older file, and export the column that says when a row was "
            "added.",
        )


def _check_given_together(con: duckdb.DuckDBPyConnection, together: GivenTogether) -> None:
    """Refuse a row without its amount where other rows of the same thing have theirs."""
    of, column = identifier(together.of), identifier(together.column)
    given = [
        (literal(value), ", ".join(f"nullif({identifier(name)}, '')" for name in names))
        for value, names in together.amounts
    ]
    amounts = " ".join(f"when {value} then coalesce({texts})" for value, texts in given)
    row = con.execute(
        f"with amounts as (select _source_file, _source_row, {column} as sort, coalesce({of}, '') as thing, "  # noqa: S608
        f"case {column} {amounts} end as amount from delivery "
        f"where {column} in ({', '.join(value for value, _ in given)})) "
        "select _source_file, _source_row, sort, thing from amounts where amount is null "
        "and thing in (select thing from amounts where amount is not null) order by _source_file, _source_row limit 1"
    ).fetchone()
    if row:
        raise DeliveryRefused(
            f"{row[0]}, row {row[1]}: {' or '.join(dict(together.amounts)[row[2]])}",
            found=f"nothing, but {together.column} {row[2]} of {row[3] or 'no name'}, whose other rows have amounts",
            expected="an amount on every row of it, or on none",
            cure="Have the provider deliver again; an amount is never guessed.",
        )


def _check_currencies(con: duckdb.DuckDBPyConnection, table: DeclaredTable, found: set[str]) -> tuple[str, ...]:
    used: set[str] = set()
    billed_in = next((column.name for column in table.landed if column.currency), None)
    for column in table.landed:
        if not column.currency or column.name not in found:
            continue
        name = identifier(column.name)
        codes = con.execute(f"select distinct {name}, {is_null_sql(name)} from delivery").fetchall()  # noqa: S608
        for code, is_null in codes:
            if is_null:
                continue
            if str(code).strip().upper() not in currencies():
                file, row = _one(
                    con,
                    f"select _source_file, _source_row from delivery where {name} = $1 "  # noqa: S608
                    "order by _source_file, _source_row limit 1",
                    [code],
                )
                raise DeliveryRefused(
                    f"{file}, row {row}: {column.name}",
                    found=repr(code),
                    expected="an ISO 4217 currency code such as USD",
                    cure="Have the provider deliver again; a new currency is added in seeds/reference/currencies.csv.",
                )
            used.add(str(code).strip().upper())
        if table.money and column.name == billed_in and any(is_null for _, is_null in codes):
            _refuse_amount_without_currency(con, table.money, column.name)
    return tuple(sorted(used))


def _refuse_amount_without_currency(con: duckdb.DuckDBPyConnection, money: str, currency: str) -> None:
    """Refuse an amount that is not 0 and in no currency: it can be added to nothing."""
    amount = identifier(money)
    found = con.execute(
        f"select _source_file, _source_row, {amount} from delivery where {is_null_sql(identifier(currency))} "  # noqa: S608
        f"and case when {is_null_sql(amount)} then false else {decimal_sql(amount)} <> 0 end "
        "order by _source_file, _source_row limit 1"
    ).fetchone()
    if found:
        raise DeliveryRefused(
            f"{found[0]}, row {found[1]}: {currency}",
            found=f"no currency beside {money} {found[2]}",
            expected="the currency of every amount that is not 0",
            cure="Have the provider deliver again; a currency is never guessed.",
        )


def _check_periods(con: duckdb.DuckDBPyConnection, table: DeclaredTable, found: set[str]) -> None:
    types = {column.name: column.data_type for column in table.landed}
    for start, end in table.periods:
        if start not in found or end not in found:
            continue
        start_time, end_time = (
            identifier(name) if types[name] == "timestamp" else f"try({time_sql(identifier(name))})"
            for name in (start, end)
        )
        if table.is_focus:
            _refuse_unreadable_times(con, (start, end))
        bad = con.execute(
            f"select {identifier(start)}, {identifier(end)} from (select distinct {identifier(start)}, "  # noqa: S608
            f"{identifier(end)} from delivery) where {end_time} < {start_time} limit 1"
        ).fetchone()
        if bad:
            file, row = _one(
                con,
                f"select _source_file, _source_row from delivery where {identifier(start)} = $1 and "  # noqa: S608
                f"{identifier(end)} = $2 order by _source_file, _source_row limit 1",
                list(bad),
            )
            raise DeliveryRefused(
                f"{file}, row {row}: {end}",
                found=f"{bad[1]}, before {start} {bad[0]}",
                expected="a period that ends after it starts",
                cure="Have the provider deliver again.",
            )


def _refuse_unreadable_times(con: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    """Refuse text that is no time where the models read one: it would stop the whole build there."""
    for name in map(identifier, names):
        bad = con.execute(
            f"select {name} from (select distinct {name} from delivery) "  # noqa: S608
            f"where not {is_null_sql(name)} and try({time_sql(name)}) is null order by 1 limit 1"
        ).fetchone()
        if bad:
            file, row = _one(
                con,
                f"select _source_file, _source_row from delivery where {name} = $1 "  # noqa: S608
                "order by _source_file, _source_row limit 1",
                list(bad),
            )
            raise DeliveryRefused(
                f"{file}, row {row}: {name.strip(chr(34))}",
                found=repr(bad[0]),
                expected="a time such as 2026-06-01T00:00:00Z",
                cure="Have the provider deliver again; if the provider changed its format, tell the project.",
            )


def _is_null(table: DeclaredTable, name: str) -> str:
    column = next(column for column in table.landed if column.name == name)
    blank = is_null_sql(f"trim({identifier(name)})")
    return f"({identifier(name)} is null)" if column.data_type == "timestamp" else blank


def _file_names(con: duckdb.DuckDBPyConnection) -> str:
    names = [str(name) for (name,) in con.execute("select distinct _source_file from delivery order by 1").fetchall()]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _one(con: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None) -> tuple[Any, ...]:
    row = con.execute(sql, parameters).fetchone()
    if row is None:
        raise RuntimeError("a query that always has a row had none")
    return tuple(row)
