"""Tiny deliveries in the providers' layouts, built by the tests that read them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.estate import Estate, Source
from orchestration.home import Home
from orchestration.landing import LandingResult, land_source, register
from orchestration.landing.declared import DeclaredTable, declared_tables

SOURCES = """
version: 2
sources:
  - name: landing_tests
    schema: landing
    tables:
      - name: aws_cur2
        config:
          meta:
            money: line_item_unblended_cost
            periods: [[line_item_usage_start_date, line_item_usage_end_date]]
        columns:
          - {name: bill_payer_account_id, data_type: varchar, config: {meta: {required: true}}}
          - {name: line_item_unblended_cost, data_type: varchar, config: {meta: {required: true, number: true}}}
          - {name: line_item_currency_code, data_type: varchar, config: {meta: {currency: true}}}
          - {name: line_item_usage_start_date, data_type: timestamp}
          - {name: line_item_usage_end_date, data_type: timestamp}
          - {name: line_item_operation, data_type: varchar, config: {meta: {carried: true}}}
          - {name: resource_tags, data_type: varchar}
          - {name: identity_line_item_id, config: {meta: {carried: true}}}
"""
FOCUS_KINDS = ("focus", "alibaba_focus", "aws_focus", "azure_focus", "oci_focus")
FOCUS_TABLE = """
      - name: {kind}
        config:
          meta:
            money: BilledCost
            format: focus
            periods: [[BillingPeriodStart, BillingPeriodEnd]]
        columns:
          - {{name: BilledCost, data_type: varchar, config: {{meta: {{required: true, number: true}}}}}}
          - {{name: BillingAccountId, data_type: varchar, config: {{meta: {{required: true}}}}}}
          - {{name: BillingCurrency, data_type: varchar, config: {{meta: {{required: true, currency: true}}}}}}
          - {{name: BillingPeriodStart, data_type: varchar, config: {{meta: {{required: true}}}}}}
          - {{name: BillingPeriodEnd, data_type: varchar}}
          - {{name: InvoiceId, data_type: varchar}}
          - {{name: ProviderName, data_type: varchar}}
          - {{name: ServiceProviderName, data_type: varchar}}
          - {{name: Tags, data_type: varchar}}
"""
OTHERS = """
      - name: aws_cur_legacy
        config: {meta: {money: line_item_unblended_cost}}
        columns:
          - {name: bill_payer_account_id, data_type: varchar, config: {meta: {required: true}}}
          - {name: line_item_unblended_cost, data_type: varchar, config: {meta: {required: true, number: true}}}
          - {name: line_item_usage_start_date, data_type: timestamp}
          - {name: line_item_line_item_type, data_type: varchar}
          - name: savings_plan_savings_plan_effective_cost
            data_type: varchar
            config: {meta: {number: true, required_for: {line_item_line_item_type: [SavingsPlanCoveredUsage]}}}
          - {name: product, data_type: varchar, config: {meta: {gathers: {product_: ""}}}}
          - {name: product_sku, data_type: varchar}
          - {name: cost_category, config: {meta: {carried: true, gathers: {costCategory/: "", cost_category_: ""}}}}
          - {name: resource_tags, data_type: varchar, config: {meta: {gathers: {resource_tags_: ""}}}}
          - {name: tags, data_type: varchar, config: {meta: {gathers: {resourceTags/: resourceTags/}}}}
      - name: gcp_detailed
        config: {meta: {money: cost, credits: credits}}
        columns:
          - {name: billing_account_id, data_type: varchar, config: {meta: {required: true}}}
          - {name: usage_start_time, data_type: timestamp}
          - {name: cost, data_type: varchar, config: {meta: {required: true, number: true}}}
          - {name: currency, data_type: varchar, config: {meta: {currency: true}}}
          - {name: credits, data_type: varchar}
          - {name: labels, data_type: varchar}
          - {name: invoice, data_type: varchar, config: {meta: {required: true}}}
          - {name: export_time, data_type: timestamp, config: {meta: {carried: true}}}
      - name: driver_usage
        columns:
          - {name: date, data_type: varchar, config: {meta: {required: true}}}
          - {name: driver, data_type: varchar, config: {meta: {required: true}}}
          - {name: scope, data_type: varchar}
          - {name: target, data_type: varchar}
          - {name: quantity, data_type: varchar, config: {meta: {number: true}}}
"""

CUR_HEADER = (
    "identity_line_item_id,bill_payer_account_id,line_item_unblended_cost,line_item_currency_code,"
    "line_item_usage_start_date,line_item_usage_end_date,line_item_operation,resource_tags"
)
FOCUS_HEADER = "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ProviderName,Tags"


def cur_row(cost: str = "1.5", *, account: str = "111122223333", currency: str = "USD", tags: str = "{}") -> str:
    quoted = '"' + tags.replace('"', '""') + '"'
    return f"id,{account},{cost},{currency},2026-06-01T00:00:00Z,2026-06-01T01:00:00Z,RunInstances,{quoted}"


def cur(*rows: str, header: str = CUR_HEADER) -> bytes:
    return "\n".join([header, *(rows or (cur_row(),)), ""]).encode()


def focus_row(cost: str = "1.5", *, month: str = "2026-06", account: str = "a-1", provider: str = "Cloudy") -> str:
    year, number = int(month[:4]), int(month[5:])
    end = f"{year + number // 12}-{number % 12 + 1:02d}"
    return f"{cost},{account},USD,{month}-01 00:00:00,{end}-01 00:00:00,{provider},NULL"


def focus(*rows: str, header: str = FOCUS_HEADER) -> bytes:
    return "\n".join([header, *(rows or (focus_row(),)), ""]).encode()


def write(folder: Path, path: str, content: bytes) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(content, mtime=0) if path.endswith(".gz") else content)
    return file


def aws_delivery(
    folder: Path,
    files: dict[str, bytes],
    *,
    period: str = "2026-06",
    execution: str | None = "20260702T120000Z-a1b2",
    columns: Sequence[str] | None = None,
    sizes: bool = False,
    uris: list[str] | None = None,
    pointer: bool = True,
) -> None:
    """One execution of an AWS export `cur/acme`; ``execution=None`` is overwrite mode."""
    below = f"BILLING_PERIOD={period}" + (f"/{execution}" if execution else "")
    entries: list[Any] = []
    for name, content in files.items():
        file = write(folder, f"cur/acme/data/{below}/{name}", content)
        uri = f"s3://acme-billing/cur/acme/data/{below}/{name}"
        entries.append({"s3Uri": uri, "size": file.stat().st_size} if sizes else uri)
    manifest: dict[str, Any] = {
        "exportName": "acme",
        "executionId": execution or "20260702T120000Z-0000",
        "billingPeriod": period,
        "dataFiles": uris if uris is not None else entries,
    }
    if columns is not None:
        manifest["columns"] = [{"name": name, "type": "string"} for name in columns]
    content = json.dumps(manifest).encode()
    if execution:
        write(folder, f"cur/acme/metadata/{below}/acme-Manifest.json", content)
    if pointer:
        write(folder, f"cur/acme/metadata/BILLING_PERIOD={period}/acme-Manifest.json", content)


def azure_run(
    folder: Path,
    parts: dict[str, bytes],
    *,
    run: str,
    submitted: str,
    rows: Sequence[int] | None = None,
    period: str = "2026-06",
    resource: str = "/subscriptions/S1",
    export: str = "daily",
    **changes: Any,
) -> Path:
    """One run of an Azure export in `billing/daily/<period folder>/<run>`."""
    below = f"billing/{export}/{period.replace('-', '')}01-{period.replace('-', '')}30/{run}"
    blobs = []
    for index, (name, content) in enumerate(parts.items()):
        file = write(folder, f"{below}/{name}", content)
        count = rows[index] if rows is not None else content.count(b"\n") - 1
        blobs.append({"blobName": f"{below}/{name}", "byteCount": file.stat().st_size, "dataRowCount": count})
    manifest = {
        "manifestVersion": "2024-04-01",
        "blobCount": len(blobs),
        "byteCount": sum(blob["byteCount"] for blob in blobs),
        "dataRowCount": sum(blob["dataRowCount"] for blob in blobs),
        "blobs": blobs,
        "exportConfig": {
            "type": "FocusCost",
            "dataVersion": "1.2-preview",
            "resourceId": f"{resource}/providers/Microsoft.CostManagement/exports/{export}",
        },
        "runInfo": {
            "runId": run,
            "submittedTime": submitted,
            "startDate": f"{period}-01T00:00:00",
            "endDate": f"{period}-30T00:00:00",
        },
        **changes,
    }
    return write(folder, f"{below}/manifest.json", json.dumps(manifest).encode())


def gcp_file(folder: Path, path: str, rows: Sequence[dict[str, Any]]) -> None:
    """A Parquet file as BigQuery exports it, nested columns and all."""
    names = (
        "billing_account_id",
        "usage_start_time",
        "cost",
        "currency",
        "credits",
        "labels",
        "invoice",
        "export_time",
    )
    pair = pa.struct([("key", pa.string()), ("value", pa.string())])
    credit = pa.struct([("name", pa.string()), ("amount", pa.float64()), ("type", pa.string())])
    types = (
        pa.string(),
        pa.timestamp("us", tz="UTC"),
        pa.float64(),
        pa.string(),
        pa.list_(credit),
        pa.list_(pair),
        pa.struct([("month", pa.string())]),
        pa.timestamp("us", tz="UTC"),
    )
    defaults = {"billing_account_id": "B-1", "currency": "EUR", "credits": [], "labels": []}
    table = pa.table(
        {
            name: pa.array([{**defaults, **row}.get(name) for row in rows], kind)
            for name, kind in zip(names, types, strict=True)
        }
    )
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file)


def gcp_row(cost: float, month: str = "202606", **changes: Any) -> dict[str, Any]:
    return {"cost": cost, "invoice": {"month": month}, **changes}


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, DeclaredTable]:
    """Declared tables of the tests' own, so that the project's may grow without them."""
    project = tmp_path_factory.mktemp("project")
    focus_tables = "".join(FOCUS_TABLE.format(kind=kind) for kind in FOCUS_KINDS)
    write(project, "models/staging/tests/_tests__sources.yml", (SOURCES + focus_tables + OTHERS).encode())
    return declared_tables(project)


@pytest.fixture
def place(tmp_path: Path, tables: dict[str, DeclaredTable]) -> SimpleNamespace:
    """A location, a home, and landing and querying between them."""
    folder, home = tmp_path / "exports", Home.of(tmp_path / "home")
    folder.mkdir()

    def land(kind: str, *, location: Path | None = None, **options: Any) -> LandingResult:
        source = Source(id="main", kind=kind, location=str(location or folder))
        return land_source(source, home, tables=tables, **options)

    def query(kind: str, sql: str) -> list[tuple[Any, ...]]:
        source = Source(id="main", kind=kind, location=str(folder))
        estate = Estate(path=tmp_path / "estate.yml", reporting_currency="USD", sources=(source,))
        with duckdb.connect() as con:
            con.execute("set TimeZone = 'UTC'")
            register(con, home, estate, tables=tables)
            return con.execute(sql).fetchall()

    return SimpleNamespace(folder=folder, home=home, land=land, query=query)


Refusal = Callable[[LandingResult], str]


def refusal(result: LandingResult) -> str:
    """The message of the only refusal; nothing may have been landed beside it."""
    assert result.receipts == []
    (found,) = result.refusals
    for part in (found.where, found.found, found.expected, found.cure):
        assert part
    return str(found)
