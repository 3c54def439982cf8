"""From streams and lines to tables: constant columns are taken by stream, the rest is computed per line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.deliveries import CHUNK
from orchestration.sample.lines import Lines, Stream

Varying = Callable[[Lines], dict[str, pa.Array]]


class ConstantColumns:
    """The columns of a provider that time does not change, one row per stream."""

    def __init__(self, schema: Sequence[tuple[str, pa.DataType]], streams: Sequence[Stream]) -> None:
        self.schema = list(schema)
        self._scalars: dict[str, pa.Scalar] = {}
        self._columns: dict[str, pa.Array] = {}
        for name, kind in self.schema:
            values = [stream.constants.get(name) for stream in streams]
            if all(value == values[0] for value in values):
                self._scalars[name] = pa.scalar(values[0], type=kind)
            else:
                self._columns[name] = pa.array(values, type=kind)

    def table(self, lines: Lines, varying: dict[str, pa.Array]) -> pa.Table:
        """All columns of some lines."""
        index = pa.array(lines.stream)
        arrays: dict[str, Any] = {}
        for name, kind in self.schema:
            if name in varying:
                arrays[name] = varying[name]
            elif name in self._columns:
                arrays[name] = self._columns[name].take(index)
            elif self._scalars[name].is_valid:
                arrays[name] = pa.repeat(self._scalars[name], len(lines))
            else:
                arrays[name] = pa.nulls(len(lines), type=kind)
        return pa.table(arrays)


def tables(constant: ConstantColumns, lines: Lines, varying: Varying) -> Iterator[pa.Table]:
    """Return the lines in chunks; at least one table, so that a file without lines still has its header."""
    for start in range(0, max(len(lines), 1), CHUNK):
        chunk = lines.take(np.arange(start, min(start + CHUNK, len(lines)), dtype=np.int64))
        yield constant.table(chunk, varying(chunk))
