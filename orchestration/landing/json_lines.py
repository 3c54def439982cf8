"""Files with a JSON object per line → Parquet of text, with every number as it was written.

Numbers stay text here: at the top of a row as they are, within nested values as JSON strings. A column that holds
nothing but lists and objects is of Parquet's JSON type.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.errors import DeliveryRefused
from orchestration.landing.inspection import Inspection
from orchestration.landing.json_values import Number, TypesOfColumns

JSON_LINES = re.compile(r"\.(json|jsonl|ndjson)(\.gz)?$", re.IGNORECASE)
_BATCH = 20_000


def json_lines_to_parquet(local: Path, path: str, target: Path) -> Inspection:
    """Write a file's objects as rows of text to ``target``: one column per key, in the order keys first appear.

    Args:
        local: where the file is.
        path: its name in the location; ``.gz`` says that it is compressed.
        target: the Parquet file; parts of it lie beside while it is written.

    Returns:
        Hash and size of the file as delivered; its rows are read from the Parquet.

    Raises:
        DeliveryRefused: a line is no JSON object, or an object has a key twice; names the line.
    """
    columns: dict[str, None] = {}
    types = TypesOfColumns()
    parts: list[Path] = []
    batch: list[dict[str, str | None]] = []
    for row in _rows(local, path):
        columns.update(dict.fromkeys(row))
        for key, value in row.items():
            types.add(key, value)
        batch.append({key: _text(value) for key, value in row.items()})
        if len(batch) == _BATCH:
            parts.append(_write_part(batch, target, len(parts)))
            batch = []
    parts.append(_write_part(batch, target, len(parts)))
    found = types.found()
    schema = pa.schema(
        [(name, pa.json_(pa.string()) if found.get(name, "nested") == "nested" else pa.string()) for name in columns]
    )
    with pq.ParquetWriter(target, schema) as writer:
        for part in parts:
            table = pq.read_table(part)
            nulls = pa.nulls(table.num_rows, pa.string())
            held = set(table.column_names)
            texts = pa.table({name: table[name] if name in held else nulls for name in columns})
            writer.write_table(texts.cast(schema), _BATCH)
            part.unlink()
    with local.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Inspection("parquet", digest, local.stat().st_size, types=found)


def _write_part(batch: list[dict[str, str | None]], target: Path, number: int) -> Path:
    names = dict.fromkeys(name for row in batch for name in row)
    part = target.with_suffix(f".{number}.part")
    arrays = {name: pa.array([row.get(name) for row in batch], pa.string()) for name in names}
    pq.write_table(pa.table(arrays), part)
    return part


def _rows(local: Path, path: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_lines(local, path), start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            row = _DECODER.decode(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except _RepeatedKeyError as error:
            raise DeliveryRefused(
                where,
                found=f"the key {error} twice in one object",
                expected="each key once",
                cure="Export the file again without the repeated column; which of the two is meant cannot be known.",
            ) from None
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise _refused(where, f"text that is not JSON ({error})") from None
        if not isinstance(row, dict):
            raise _refused(where, f"a JSON {'number' if isinstance(row, Number) else type(row).__name__}")
        yield {key.strip(): value for key, value in row.items()}


def _lines(local: Path, path: str) -> Iterator[bytes]:
    if not path.lower().endswith(".gz"):
        with local.open("rb") as file:
            yield from file
        return
    try:
        with gzip.open(local, "rb") as file:
            yield from file
    except (OSError, EOFError, zlib.error) as error:
        raise DeliveryRefused(
            path,
            found=f"a gzip file that cannot be read ({error})",
            expected="a whole gzip file, as its name says",
            cure="The copy was cut off or altered; copy the file again, or have the provider deliver again.",
        ) from None


class _RepeatedKeyError(Exception):
    """An object has a key twice; its text is the key."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedKeyError(next(name for name in names if names.count(name) > 1))
    return found


# made once: what json.loads and json.dumps make for each call costs as much as a line
_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=Number, object_pairs_hook=_object)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return _ENCODER.encode(value)


def _refused(where: str, found: str) -> DeliveryRefused:
    return DeliveryRefused(
        where,
        found=found,
        expected="a JSON object per line, as BigQuery's EXPORT DATA writes it",
        cure="The file was cut off or altered; copy it again, or run the export again with format JSON.",
    )
