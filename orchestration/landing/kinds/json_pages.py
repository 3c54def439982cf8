"""Pages of a vendor's cost API, as they were pulled: buckets of a day, each with its results. Pure functions.

A file is one pull: the API's answer as it came, or a list of the answers when there were several pages, or a list of
their buckets. Numbers keep the digits they were written with: they never become a float.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orchestration.errors import DeliveryRefused
from orchestration.landing.json_values import Number, TypesOfColumns
from orchestration.landing.kinds.base import Rows

TimeOf = Callable[[Any], str | None]
IsOtherReport = Callable[[Mapping[str, Any]], bool]


def rows_of_pages(
    path: str,
    content: bytes,
    *,
    start: str,
    end: str,
    amount: str,
    time_of: TimeOf,
    is_other_report: IsOtherReport,
) -> Rows:
    """Return a pull's results, one row each, with the bucket they are of; a bucket without results gives a row, too.

    The row without results keeps the day in the delivery: a day that is pulled again and has become empty replaces
    what it held.

    Args:
        path: the file.
        content: its text.
        start: the bucket's key that holds when it begins.
        end: the bucket's key that holds when it ends.
        time_of: a value of these keys → ISO time; None when it is no time.
        amount: the column of a row that holds what the result cost, or used; every result has it.
        is_other_report: whether a result is of another report of the vendor's (usage, not costs, or the reverse): such
            a file is passed over.

    Raises:
        DeliveryRefused: it is not JSON, is not such a pull, ends before the last page, or has a result without amount.
    """
    rows: list[dict[str, str | None]] = []
    types = TypesOfColumns()
    known = (start, end, amount)
    for number, bucket in enumerate(_buckets(path, parse_json(path, content)), start=1):
        where = f"{path}: bucket {number}"
        times = {key: time_of(bucket.get(key)) for key in (start, end)}
        for key, time in times.items():
            if time is None:
                raise _refused(f"{where}: {key}", repr(bucket.get(key)), "the time at which the bucket begins or ends")
        results = bucket.get("results")
        if not isinstance(results, list) or not all(isinstance(result, dict) for result in results):
            raise _refused(f"{where}: results", described(results), "the list of the bucket's results")
        if any(is_other_report(result) for result in results):
            return Rows(known, ())
        for position, result in enumerate(results, start=1):
            values = _flat(result)
            for key, value in values.items():
                types.add(key, value)
            row = {**{key: text_of(value) for key, value in values.items()}, **times}
            if row.get(amount) is None:
                name = "amount" if amount.startswith("amount") else amount
                raise _refused(f"{where}, result {position}: {name}", f"no {name}", "what the result cost or used")
            rows.append(row)
        if not results:
            rows.append(dict(times))
    columns = tuple(dict.fromkeys((*known, *(key for row in rows for key in row))))
    return Rows(columns, tuple({column: row.get(column) for column in columns} for row in rows), types.found())


def parse_json(path: str, content: bytes) -> Any:
    """Return an API's answer with every number as the text it was written as; refuse what is no JSON."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_float=Number, parse_int=Number, parse_constant=Number)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise _refused(f"{path}{line}", f"text that is not JSON ({error})", "the API's answer as JSON") from None


def _buckets(path: str, document: Any) -> Iterator[Mapping[str, Any]]:
    parts = document if isinstance(document, list) else [document]
    pages = [part for part in parts if isinstance(part, dict) and "data" in part]
    if pages and len(pages) < len(parts):
        raise _refused(path, "pages and buckets side by side", "a list of pages, or a list of buckets")
    for page in pages[-1:]:
        if page.get("has_more") is True:
            raise _refused(
                f"{path}: has_more",
                "true on the last page",
                "every page of the pull in one file, up to the one without has_more",
                "Pull again, following next_page to the end: the days on the missing pages would look free of charge.",
            )
    for bucket in [bucket for page in pages for bucket in page["data"] or []] if pages else parts:
        if not isinstance(bucket, dict):
            raise _refused(path, described(bucket), "buckets, each an object with results")
        yield bucket


def _flat(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result's members: those of an object in it as `<key>_<member>`."""
    flat: dict[str, Any] = {}
    for key, value in result.items():
        if isinstance(value, dict):
            flat.update({f"{key}_{name}": member for name, member in value.items()})
        else:
            flat[key] = value
    return flat


def text_of(value: Any) -> str | None:
    """Return a JSON value as text: a list or object as JSON; None for null."""
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return json.dumps(value, ensure_ascii=False)


def described(value: Any) -> str:
    """Return what sort of JSON value it is, in words."""
    if isinstance(value, Number):
        return "a JSON number"
    return "nothing" if value is None else f"a JSON {type(value).__name__}"


def _refused(where: str, found: str, expected: str, cure: str = "") -> DeliveryRefused:
    return DeliveryRefused(
        where,
        found=found,
        expected=expected,
        cure=cure or "Save the API's answer as it comes, or pull again; check that the source's kind is the vendor's.",
    )
