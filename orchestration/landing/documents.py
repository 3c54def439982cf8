"""Files that are no tables (API answers, registers): read whole, turned into rows of text, written as Parquet.

Such files are small: a month of an API's daily costs, a list of contracts. What follows (declared columns, drift,
checks, control totals) is the same as for files that DuckDB reads itself.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.errors import DeliveryRefused
from orchestration.landing.inspection import Inspection
from orchestration.landing.kinds.base import Rows


def inspect_document(local: Path) -> Inspection:
    """Return hash and size of a file as delivered; its rows are read from the Parquet that they become."""
    content = local.read_bytes()
    return Inspection("parquet", hashlib.sha256(content).hexdigest(), len(content))


def document_text(local: Path, path: str) -> bytes:
    """Return a file's content, decompressed when its name ends in ``.gz``; a tarball as it is.

    Raises:
        DeliveryRefused: the gzip file is damaged, cut off or none.
    """
    content = local.read_bytes()
    if not path.lower().endswith(".gz") or path.lower().endswith(".tar.gz"):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DeliveryRefused(
            path,
            found=f"a gzip file that cannot be read ({error})",
            expected="a whole gzip file, as its name says",
            cure="The copy was cut off or altered; copy the file again, or have the provider deliver again.",
        ) from None


def write_rows(rows: Rows | pa.Table, target: Path) -> None:
    """Write rows as Parquet to ``target``, every column as text."""
    if isinstance(rows, pa.Table):
        pq.write_table(rows, target)
        return
    columns = {name: pa.array([row[name] for row in rows.values], pa.string()) for name in rows.columns}
    pq.write_table(pa.table(columns), target)
