"""What ``export-focus`` writes: the version's columns in order, older ones by rule, nothing lost, and its metadata."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.errors import ConfigurationError
from orchestration.exporting import FOCUS_VERSIONS, export_focus, focus_columns
from orchestration.home import Home
from orchestration.publishing import Publication
from tests.python.exporting.conftest import PERIOD


def rows_of(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(folder / "CostAndUsage.parquet").to_pylist()
    return sorted(rows, key=lambda row: (row["x_charge_id"], row.get("x_domain_id") or ""))


@pytest.mark.parametrize(("version", "count"), [("1.2", 57), ("1.3", 65), ("1.4", 65)])
def test_columns_are_those_of_the_version_in_its_order_then_ours(
    version: str, count: int, home: Home, publication: Publication, tmp_path: Path
) -> None:
    export_focus(home, PERIOD, version, tmp_path / "out")
    names = pq.read_schema(tmp_path / "out/CostAndUsage.parquet").names
    assert names[:count] == [column.name for column in focus_columns(version, "CostAndUsage")]
    assert names[:count] == sorted(names[:count])
    assert names[count:] == sorted(names[count:])
    assert all(name.startswith("x_") for name in names[count:])


def test_older_columns_are_filled_by_rule(home: Home, publication: Publication, tmp_path: Path) -> None:
    export_focus(home, PERIOD, "1.2", tmp_path)
    assert [(row["ProviderName"], row["PublisherName"]) for row in rows_of(tmp_path)] == [
        ("AWS", "AWS"),
        ("AWS", "Seller, Inc."),
        ("Direct, Inc.", "Direct, Inc."),
    ]


def test_what_an_older_version_does_not_know_travels_as_a_custom_column(
    home: Home, publication: Publication, tmp_path: Path
) -> None:
    export_focus(home, PERIOD, "1.2", tmp_path)
    row = rows_of(tmp_path)[1]
    assert row["x_ServiceProviderName"] == "Seller, Inc."
    assert json.loads(row["x_ContractApplied"])["Elements"][0]["ContractId"] == "c"
    assert "ContractApplied" not in row


@pytest.mark.parametrize(("version", "ending"), [("1.3", "ID"), ("1.4", "Id")])
def test_keys_of_applied_contracts_are_spelled_as_the_version_does(
    version: str, ending: str, home: Home, publication: Publication, tmp_path: Path
) -> None:
    export_focus(home, PERIOD, version, tmp_path)
    applied = json.loads(rows_of(tmp_path)[1]["ContractApplied"])["Elements"]
    assert applied == [{f"Contract{ending}": "c", f"ContractCommitment{ending}": "d", "AppliedCost": 100}]


def test_money_is_exact_and_tags_are_json(home: Home, publication: Publication, tmp_path: Path) -> None:
    export_focus(home, PERIOD, "1.4", tmp_path)
    row = rows_of(tmp_path)[0]
    assert row["BilledCost"] == Decimal("0.100000000001")
    assert json.loads(row["Tags"]) == {"team": "shop", "aws:createdBy": "x"}


def test_allocated_has_a_row_per_owner(home: Home, publication: Publication, tmp_path: Path) -> None:
    exported = export_focus(home, PERIOD, "1.4", tmp_path, allocated=True)
    parts = [row for row in rows_of(tmp_path) if row["x_charge_id"] == 3]
    assert [(row["x_domain_id"], row["BilledCost"], row["AllocatedMethodId"]) for row in parts] == [
        ("shop", Decimal(2), "BY_GB"),
        ("till", Decimal(6), "BY_GB"),
    ]
    assert exported[0].row_count == 4


def test_allocated_keeps_its_columns_in_a_version_without_them(
    home: Home, publication: Publication, tmp_path: Path
) -> None:
    export_focus(home, PERIOD, "1.2", tmp_path, allocated=True)
    assert [row["x_AllocatedMethodId"] for row in rows_of(tmp_path)] == [None, None, "BY_GB", "BY_GB"]


@pytest.mark.parametrize("version", FOCUS_VERSIONS)
def test_metadata_describes_every_column_of_the_file_it_names(
    version: str, home: Home, publication: Publication, tmp_path: Path
) -> None:
    export_focus(home, PERIOD, version, tmp_path)
    metadata = json.loads((tmp_path / "focus_metadata.json").read_text())
    (schema,), (artifact,) = metadata["Schema"], metadata["x_Artifacts"]
    file = pq.read_schema(tmp_path / artifact["Path"])
    assert [column["ColumnName"] for column in schema["ColumnDefinition"]] == file.names
    assert schema["FocusVersion"] == version
    assert schema["SchemaId"] == artifact["SchemaId"] == file.metadata[b"SchemaId"].decode()
    defined = {column["ColumnName"]: column for column in schema["ColumnDefinition"]}
    assert defined["Tags"]["ProviderTagPrefixes"]
    assert defined["BilledCost"] == {
        "ColumnName": "BilledCost",
        "DataType": "DECIMAL",
        "NumericPrecision": 38,
        "NumberScale": 12,
    }
    assert ("Deprecated" in defined.get("ProviderName", {})) == (version == "1.3")
    assert metadata["DataGenerator"] == {"DataGenerator": "Tieout"}


def test_instances_and_recency_came_with_1_3(home: Home, publication: Publication, tmp_path: Path) -> None:
    contents = {}
    for version in FOCUS_VERSIONS:
        export_focus(home, PERIOD, version, tmp_path / version)
        contents[version] = json.loads((tmp_path / version / "focus_metadata.json").read_text())
    assert "DatasetInstance" not in contents["1.2"]
    assert "Recency" not in contents["1.2"]
    assert contents["1.3"]["DatasetInstance"] == contents["1.4"]["DatasetInstance"]
    (instance,), (recency,) = contents["1.4"]["DatasetInstance"], contents["1.4"]["Recency"]
    assert instance["FocusDatasetId"] == "CostAndUsage"
    assert recency["DatasetInstanceId"] == instance["DatasetInstanceId"]
    (sector,) = recency["TimeSectors"]
    assert (sector["TimeSectorStart"], sector["TimeSectorEnd"]) == ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    assert sector["TimeSectorComplete"] is False  # charge 3 is estimated


@pytest.mark.parametrize(
    ("version", "datasets"),
    [
        ("1.2", ["CostAndUsage"]),
        ("1.3", ["CostAndUsage", "ContractCommitment"]),
        ("1.4", ["CostAndUsage", "ContractCommitment", "InvoiceDetail", "BillingPeriod"]),
    ],
)
def test_every_dataset_that_a_version_has_is_written_with_its_columns_and_metadata(
    version: str, datasets: list[str], home: Home, full_publication: Publication, tmp_path: Path
) -> None:
    exported = export_focus(home, PERIOD, version, tmp_path / "out")

    assert [one.dataset for one in exported] == datasets
    metadata = json.loads((tmp_path / "out" / "focus_metadata.json").read_text())
    schemas = {schema["SchemaId"]: schema for schema in metadata["Schema"]}
    for one in exported:
        names = pq.read_schema(one.path).names
        focus = [column.name for column in focus_columns(version, one.dataset)]
        assert names[: len(focus)] == focus
        assert all(name.startswith("x_") for name in names[len(focus) :])
        assert [column["ColumnName"] for column in schemas[one.schema_id]["ColumnDefinition"]] == names
    if version != "1.2":
        assert [instance["FocusDatasetId"] for instance in metadata["DatasetInstance"]] == datasets
        assert len(metadata["Recency"]) == len(datasets)


def test_the_same_publication_gives_the_same_bytes(home: Home, publication: Publication, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export_focus(home, PERIOD, "1.4", tmp_path / name)
    for file in sorted((tmp_path / "one").iterdir()):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_a_period_without_publication_is_refused(home: Home, publication: Publication, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"2026-02: found no publication of that period.*2026-01.*tieout run"):
        export_focus(home, "2026-02", "1.4", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_version_that_cannot_be_written_is_refused(home: Home, publication: Publication, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"--version: found 1\.1; expected 1\.2 or 1\.3 or 1\.4"):
        export_focus(home, PERIOD, "1.1", tmp_path / "out")


def test_a_file_in_the_place_of_the_folder_is_refused(home: Home, publication: Publication, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ConfigurationError, match="found a file; expected a folder"):
        export_focus(home, PERIOD, "1.4", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_command_writes_and_refuses(home: Home, publication: Publication, tmp_path: Path) -> None:
    options = ["export-focus", "--home", str(home.root), "--out", str(tmp_path / "out"), "--period", PERIOD]
    written = CliRunner().invoke(app, [*options, "--version", "1.3", "--json"])
    assert written.exit_code == 0, written.output
    assert json.loads(written.stdout)["files"][0]["rows"] == 3
    refused = CliRunner().invoke(app, [*options, "--version", "2.0"])
    assert refused.exit_code == 2
    assert "expected 1.2 or 1.3 or 1.4" in refused.stderr
