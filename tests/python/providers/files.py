"""The files of any kind, to be changed by tests: those of its fixture, or a delivery made of its declared columns."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.declared import DeclaredColumn, DeclaredTable, declared_tables
from orchestration.landing.kinds import KINDS
from tests.python.landing.conftest import aws_delivery, azure_run, write
from tests.python.providers.conftest import FIXTURES, USAGE_FIXTURES, kinds_with_fixtures
from tests.python.providers.kubernetes import (
    csv_records,
    ocp_packages,
    opencost_deliveries,
    read_tarball,
    write_tarball,
)

Record = dict[str, Any]

# Not landed under the names of the file: the columns that make the amount, the keys, and one to do without.
MONEY_IN_FILE = {
    "ai_gateway_events": "observed",
    "ai_usage": "input_tokens",
    "anthropic_costs": "amount",
    "anthropic_usage": "uncached_input_tokens",
    "gpu_telemetry": "utilisation",
    "kubernetes_usage": "start",
    "litellm_spend_logs": "prompt_tokens",
    "ocp_report": "pod_usage_cpu_core_seconds",
    "on_premises": "amount",
    "openai_usage": "input_tokens",
    "opencost": "cpuCoreUsageAverage",
    "saas_contracts": "unit_price",
    "saas_seats": "seats",
}
KEYS_IN_FILE = {"saas_contracts": ["contract_id", "seats"], "on_premises": ["currency"]}
OPTIONAL_IN_FILE = {
    "anthropic_costs": "service_tier",
    "invoice_lines": "service_name",
    "kubernetes_usage": "hours",
    "ocp_report": "node_role",
    "on_premises": "account",
    "opencost": "minutes",
    "saas_contracts": "signed_by",
}
WRITERS = {"ocp_report": ocp_packages, "opencost": opencost_deliveries}
PERIOD_IN_FILE = {"saas_contracts": ("start", "end"), "on_premises": ("in_service", "out_of_service")}


def table_of(kind: str) -> DeclaredTable:
    return declared_tables()[kind]


def money_column(kind: str) -> str:
    """The column of the files that holds what is summed: money, or the quantity of a usage feed."""
    return MONEY_IN_FILE.get(kind) or table_of(kind).money or "quantity"


def other_number(kind: str) -> str | None:
    """A number of the files that is neither what is summed nor a key, if there is one."""
    numbers = [column.name for column in table_of(kind).landed if column.number and not column.required]
    return next((name for name in reversed(numbers) if name not in (money_column(kind), table_of(kind).money)), None)


def key_columns(kind: str) -> list[str]:
    return KEYS_IN_FILE.get(kind) or [column.name for column in table_of(kind).columns if column.required]


def must_be_there(kind: str) -> list[str]:
    """The columns without which a delivery is refused: what is summed, and the keys; of a log of events, the keys."""
    summed = [] if kind == "ai_gateway_events" else [money_column(kind)]
    return [*summed, *key_columns(kind)]


def period_columns(kind: str) -> tuple[str, str] | None:
    return PERIOD_IN_FILE.get(kind) or next(iter(table_of(kind).periods), None)


def currency_column(kind: str) -> str | None:
    return next((column.name for column in table_of(kind).landed if column.currency), None)


def deliver(kind: str, folder: Path) -> None:
    """Write a delivery of the kind: its fixture, or two rows of every declared column in the provider's layout."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind in kinds_with_fixtures():
        shutil.copytree(FIXTURES / kind / "data", folder, dirs_exist_ok=True)
        return
    if kind in USAGE_FIXTURES:
        shutil.copytree(FIXTURES / "usage" / USAGE_FIXTURES[kind], folder, dirs_exist_ok=True)
        return
    if kind in WRITERS:
        WRITERS[kind](folder)
        return
    table = table_of(kind)
    if table.is_focus:
        columns = [column for column in table.landed if not column.carried and column.name != "InvoiceDetailId"]
    else:
        columns = list(table.landed)
    header = [column.name for column in columns]
    content = _csv([dict(zip(header, [_value(table, column) for column in columns], strict=True))] * 2)
    if kind in ("aws_cur2", "aws_focus"):
        aws_delivery(folder, {"acme-1.csv": content})
    elif kind == "aws_cur_legacy":
        below = "cur/acme/20260601-20260701"
        manifest = {
            "assemblyId": "20260702T060000Z",
            "billingPeriod": {"start": "20260601T000000.000Z", "end": "20260701T000000.000Z"},
            "compression": "GZIP",
            "contentType": "text/csv",
            "reportKeys": [f"bucket/{below}/acme-1.csv"],
        }
        write(folder, f"{below}/acme-1.csv", content)
        write(folder, f"{below}/acme-Manifest.json", json.dumps(manifest).encode())
    elif kind == "azure_focus":
        azure_run(folder, {"part_0_0001.csv": content}, run="r-1", submitted="2026-07-01T00:00:00Z")
    else:
        write(folder, "data-20260702.csv", content)


def _value(table: DeclaredTable, column: DeclaredColumn) -> str:
    starts, ends = ({pair[index] for pair in table.periods} for index in (0, 1))
    if column.name in ends:
        return "2026-07-01T00:00:00Z"
    if (
        column.name in starts
        or column.data_type == "timestamp"
        or column.name.lower() in ("date", "billingperiodstart")
    ):
        return "2026-06-01T00:00:00Z"
    if column.currency:
        return "USD"
    return "1" if column.number else "text"


class Files:
    """The data files of a folder, each as records that can be changed and written back.

    Args:
        folder: where `deliver` wrote them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._documents: dict[Path, Any] = {}
        self._records: dict[Path, list[Record]] = {}
        self._tarballs: dict[Path, dict[str, bytes | list[Record]]] = {}
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.name.endswith(("anifest.json", ".parquet")):
                self._read(file)

    def _read(self, file: Path) -> None:
        if file.name.endswith(".tar.gz"):
            self._tarballs[file] = {
                name: csv_records(content) if name.endswith(".csv") else content
                for name, content in read_tarball(file).items()
            }
            tables = (content for content in self._tarballs[file].values() if isinstance(content, list))
            self._records[file] = [record for table in tables for record in table]
            return
        text = (gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()).decode("utf-8-sig")
        if ".csv" in file.name:
            self._records[file] = [dict(row) for row in csv.DictReader(io.StringIO(text, newline=""))]
        elif text.startswith('{"'):
            self._records[file] = [json.loads(line) for line in text.splitlines()]
        else:
            self._documents[file] = json.loads(text)
            pages = self._documents[file] if isinstance(self._documents[file], list) else [self._documents[file]]
            self._records[file] = [
                result
                for page in pages
                for bucket in page.get("data", [page])
                for result in bucket.get("results", bucket.values())
            ]

    @property
    def paths(self) -> list[str]:
        return [file.relative_to(self._folder).as_posix() for file in self._records]

    def records(self, only: str | None = None) -> Iterator[Record]:
        for file, records in self._records.items():
            if only in (None, file.relative_to(self._folder).as_posix()):
                yield from records

    def change(self, change: Callable[[Record], None], only: str | None = None) -> None:
        """Change every record, or every record of one file, and write the files."""
        for record in self.records(only):
            change(record)
        self.save()

    def save(self) -> None:
        for file, records in self._records.items():
            if file in self._tarballs:
                packed = self._tarballs[file].items()
                write_tarball(file, {name: _csv(held) if isinstance(held, list) else held for name, held in packed})
                continue
            if file in self._documents:
                content = json.dumps(self._documents[file]).encode()
            elif ".csv" in file.name:
                content = _csv(records)
            else:
                content = b"".join(json.dumps(record).encode() + b"\n" for record in records)
            write(self._folder, file.relative_to(self._folder).as_posix(), content)
        self.repair_manifests()

    def save_as_parquet(self, types: Callable[[str], pa.DataType]) -> None:
        """Write CSV files as Parquet, where the kind has no manifest that names them.

        Args:
            types: the type of each column.
        """
        for file, records in self._records.items():
            columns = {
                name: pa.array([record[name] or None for record in records]).cast(types(name)) for name in records[0]
            }
            target = file.with_name(file.name.split(".csv")[0] + ".parquet")
            pq.write_table(pa.table(columns), target)
            file.unlink(missing_ok=True)

    def repair_manifests(self) -> None:
        """Let manifests that state sizes state those of today: what is wrong is in the rows, not in the copy."""
        for manifest in self._folder.rglob("*anifest.json"):
            document = json.loads(manifest.read_text())
            document.pop("columns", None)
            for blob in document.get("blobs", []):
                blob["byteCount"] = (self._folder / blob["blobName"]).stat().st_size
                document["byteCount"] = sum(blob["byteCount"] for blob in document["blobs"])
            for entry in document.get("dataFiles", []):
                if isinstance(entry, dict) and "size" in entry:
                    tail = "/".join(entry["s3Uri"].split("/")[-3:])
                    entry["size"] = next(
                        file.stat().st_size for file in self._folder.rglob("*") if file.as_posix().endswith(tail)
                    )
            manifest.write_text(json.dumps(document))


def spelled(kind: str, record: Record) -> dict[str, str]:
    """Declared name → the file's, for kinds whose files spell their columns in several ways."""
    rename, names = KINDS[kind].column_names, tuple(record)
    declared = dict(zip(rename(names) if rename else names, names, strict=True))
    amount = next((name for name in names if name.lower() == money_column(kind).lower()), None)
    return declared | ({money_column(kind): amount} if amount else {})


def holder(kind: str, record: Record, name: str) -> tuple[Record, str] | None:
    """Where a record holds a declared column: itself, or an object in it (`amount_value` is `value` of `amount`)."""
    names = spelled(kind, record)
    if name in names:
        return record, names[name]
    for split in (index for index, letter in enumerate(name) if letter == "_"):
        inner = record.get(name[:split])
        if isinstance(inner, dict) and name[split + 1 :] in inner:
            return inner, name[split + 1 :]
    return None


def optional_column(kind: str, files: Files) -> str:
    """A declared column that the files have, and that nothing of landing needs."""
    table, how = table_of(kind), KINDS[kind]
    needed = {how.period_column, how.watermark, table.money, table.credits, *table.unit_prices}
    needed |= {name for pair in table.periods for name in pair} | {c.name for c in table.columns if c.required}
    if how.subject_columns:
        needed |= {*how.subject_columns[0], how.subject_columns[1]}
    found = {name for record in files.records() for name in spelled(kind, record)}
    names = [OPTIONAL_IN_FILE[kind]] if kind in OPTIONAL_IN_FILE else [column.name for column in table.columns]
    return next(name for name in names if name in found and name not in needed)


def _csv(records: list[Record]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(records[0]) if records else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()
