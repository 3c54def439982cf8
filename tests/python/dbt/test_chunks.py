"""How a large partition is cut: every row lies in exactly one chunk, as many as its chunk says."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from orchestration.landing.catalog import chunks_of, rows_of_a_chunk
from tests.python.compiling import compiled_text

FILES = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 25), max_size=8)


@given(FILES, st.integers(1, 10))
def test_chunks_are_full_and_hold_every_row_once(files: dict[str, int], most_rows: int) -> None:
    chunks = chunks_of(files.items(), most_rows)
    rows = [(path, row) for path, count in sorted(files.items()) for row in range(1, count + 1)]
    begins = [rows.index((path, row or 1)) for _, path, row in chunks]
    assert begins == sorted(begins)
    assert [count for count, _, _ in chunks] == [
        end - begin for begin, end in zip(begins, [*begins, len(rows)][1:], strict=True)
    ]
    assert all(0 < count <= most_rows for count, _, _ in chunks)
    assert all(row is None or row > 1 for _, _, row in chunks)
    assert len(chunks) <= 2 * sum(files.values()) / most_rows + 1, "what fits together is together"


@given(st.integers(100_001, 3_000_000))
def test_a_partition_worth_it_is_made_side_by_side(rows: int) -> None:
    assert len(chunks_of([("only", rows)], rows_of_a_chunk(rows))) >= 2


@given(st.integers(60_000, 400_000), st.integers(0, 5_000))
def test_two_files_that_are_nearly_equal_are_not_cut(rows: int, more: int) -> None:
    chunks = chunks_of([("a", rows), ("b", rows + more)], rows_of_a_chunk(2 * rows + more))
    assert chunks == [(rows, "a", None), (rows + more, "b", None)]


def test_a_small_partition_is_whole() -> None:
    assert chunks_of([("only", 100_000)], rows_of_a_chunk(100_000)) == [(100_000, "only", None)]


def test_conditions_part_the_rows_as_the_chunks_say(tmp_path: Path) -> None:
    files = {"a": 4, "b": 3, "c": 25, "d": 0, "e": 2, "f": 10, "g'": 6, "h": 1}
    cuts = {most_rows: chunks_of(files.items(), most_rows) for most_rows in (1, 5, 7, 10, 30, 100)}
    starts = {most_rows: [[path, row] for _, path, row in chunks] for most_rows, chunks in cuts.items()}
    conditions = _conditions(list(starts.values()), tmp_path)

    with duckdb.connect() as connection:
        connection.execute("create table rows (x_source_file varchar, x_source_row bigint)")
        for path, count in files.items():
            connection.execute("insert into rows select ?, range from range(1, ? + 1)", [path, count])
        for chunks, parts in zip(cuts.values(), conditions, strict=True):
            found = [connection.execute(f"select count(*) from rows where {part}").fetchone() for part in parts]
            assert found == [(count,) for count, _, _ in chunks]
            once = " + ".join(f"cast({part} as integer)" for part in parts)
            assert connection.execute(f"select distinct {once} from rows").fetchall() == [(1,)]


def _conditions(starts: list[list[list[str | int | None]]], folder: Path) -> list[list[str]]:
    """Return what the materialization's macro makes of the starts of chunks, for each of several cuts."""
    literal = json.dumps(starts).replace("null", "none")
    call = (
        "{% set cuts = [] %}{% for cut in " + literal + " %}"
        "{% do cuts.append(chunk_conditions(['x_source_file', 'x_source_row'], cut)) %}{% endfor %}{{ tojson(cuts) }}"
    )
    conditions: list[list[str]] = json.loads(compiled_text(folder, call))
    return conditions
