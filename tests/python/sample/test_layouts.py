from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from orchestration.landing.kinds import KINDS
from orchestration.sample.feeds import FEEDS
from orchestration.sample.platform import FEEDS as PLATFORM_FEEDS
from orchestration.sample.providers import SMALL_BILLS
from tests.python.sample.conftest import Estate

# usage without money, which no pool of the sample is divided by
METERS_ALONE = {"ai_gateway_events", "ocp_report"}


def manifests(root: Path, name: str) -> dict[str, dict[str, Any]]:
    return {str(path.relative_to(root)): json.loads(path.read_text()) for path in root.rglob(name)}


def test_the_estate_file_names_every_source(estate: Estate) -> None:
    content = yaml.safe_load((estate.root / "estate.yml").read_text())
    assert [(source["id"], source["kind"]) for source in content["sources"]] == [
        ("aws-main", "aws_cur2"),
        ("azure-main", "azure_focus"),
        ("gcp-main", "gcp_detailed"),
        *((bill.source_id, bill.kind) for bill in SMALL_BILLS),
        *((source_id, kind) for source_id, kind, _ in (*FEEDS, *PLATFORM_FEEDS)),
    ]
    for source in [*content["sources"], content["invoices"], {"location": content["policy"]}]:
        assert (estate.root / source["location"]).is_dir()
    assert KINDS.keys() - {source["kind"] for source in content["sources"]} <= METERS_ALONE
    bounded = {source["id"] for source in content["sources"] if "first_period" in source}
    assert bounded == {bill.source_id for bill in SMALL_BILLS if bill.bounded}


def test_aws_manifests_list_the_files_of_their_execution(estate: Estate) -> None:
    root = estate.location("aws-main")
    found = manifests(root, "*-Manifest.json")
    tops = {path: content for path, content in found.items() if path.count("/") == 4}
    executions = {path: content for path, content in found.items() if path.count("/") == 5}
    listed: set[str] = set()
    for path, content in executions.items():
        files = [item if isinstance(item, str) else item["s3Uri"] for item in content["dataFiles"]]
        keys = [uri.removeprefix("s3://halden-billing/") for uri in files]
        assert all(content["executionId"] in key and (root / key).is_file() for key in keys)
        assert f"/{content['executionId']}/" in path
        listed |= set(keys)
        for item in content["dataFiles"]:
            if isinstance(item, dict):
                key = item["s3Uri"].removeprefix("s3://halden-billing/")
                assert item["size"] == (root / key).stat().st_size
    assert listed == {str(path.relative_to(root)) for path in root.rglob("*.csv.gz")}
    for path, content in tops.items():
        month = [other for name, other in executions.items() if name.startswith(str(Path(path).parent))]
        assert content == max(month, key=lambda manifest: manifest["executionId"])
        assert len(month) >= 3
    assert {isinstance(item["dataFiles"][0], str) for item in executions.values()} == {True, False}
    for content in executions.values():
        item = content["dataFiles"][0]
        key = (item if isinstance(item, str) else item["s3Uri"]).removeprefix("s3://halden-billing/")
        header = list(next(iter(estate.rows("aws-main", key))))
        assert header == [column["name"] for column in content["columns"]]
        assert len(header) > 120


def test_aws_adds_a_column_in_the_last_month(estate: Estate) -> None:
    columns = {
        Path(path).parts[3]: {column["name"] for column in content["columns"]}
        for path, content in manifests(estate.location("aws-main"), "*-Manifest.json").items()
    }
    assert columns["BILLING_PERIOD=2026-10"] - columns["BILLING_PERIOD=2026-09"] == {"line_item_iam_principal"}
    principals = {row.get("line_item_iam_principal") for _, _, row in estate.in_force("aws-main")}
    assert None in principals
    assert any(principal and principal.startswith("arn:aws:iam::") for principal in principals)


def test_the_middle_month_is_delivered_twice_in_full_and_differs(estate: Estate) -> None:
    full = [
        delivery
        for delivery in estate.deliveries
        if delivery["source_id"] == "aws-main"
        and delivery["billing_period"] == "2026-09"
        and len(delivery["files"]) > 1
    ]
    assert [delivery["in_force"] for delivery in full] == [False, True]
    first, second = full
    assert first["rows"] < second["rows"]
    assert first["files"][0]["sha256"] != second["files"][0]["sha256"]


def test_azure_manifests_count_their_rows_and_bytes(estate: Estate) -> None:
    root = estate.location("azure-main")
    found = manifests(root, "manifest.json")
    newest: dict[str, tuple[str, str]] = {}
    for path, content in found.items():
        folder = str(Path(path).parent)
        assert content["runInfo"]["runId"] == Path(folder).name
        assert content["blobCount"] == len(content["blobs"])
        assert content["byteCount"] == sum((root / blob["blobName"]).stat().st_size for blob in content["blobs"])
        for blob in content["blobs"]:
            assert blob["blobName"].startswith(folder)
            rows = list(estate.rows("azure-main", blob["blobName"]))
            assert blob["dataRowCount"] == len(rows)
            assert len(rows[0]) == 105
        assert content["dataRowCount"] == sum(blob["dataRowCount"] for blob in content["blobs"])
        span = Path(folder).parent.name
        newest[span] = max(
            newest.get(span, ("", "")), (content["runInfo"]["submittedTime"], content["runInfo"]["runId"])
        )
    assert len(found) > len(newest)
    in_force = {item["run"] for item in estate.deliveries if item["source_id"] == "azure-main" and item["in_force"]}
    assert in_force == {run for _, run in newest.values()}


def test_the_newest_run_of_each_google_folder_is_in_force_and_gapless(estate: Estate) -> None:
    root = estate.location("gcp-main")
    runs: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for path in root.rglob("*.parquet"):
        run, number = path.stem.rsplit("-", 1)
        runs[path.parent.name][run].append(int(number))
    assert sorted(runs) == ["2026-08", "2026-09", "2026-10", "2026-11"]
    for folder in runs.values():
        for numbers in folder.values():
            assert sorted(numbers) == list(range(len(numbers)))
    newest = {(folder, max(names)) for folder, names in runs.items()}
    in_force = {
        (item["scope"], item["run"])
        for item in estate.deliveries
        if item["source_id"] == "gcp-main" and item["in_force"]
    }
    assert in_force == newest
    assert any(len(names) > 1 for names in runs.values())


def test_late_google_lines_lie_in_the_next_export_month(estate: Estate) -> None:
    months: dict[str, set[str]] = defaultdict(set)
    for path, _, row in estate.in_force("gcp-main"):
        months[Path(path).parent.name].add(row["invoice"]["month"])
        assert f"{row['export_time']:%Y-%m}" == Path(path).parent.name
    assert months == {
        "2026-08": {"202608"},
        "2026-09": {"202608", "202609"},
        "2026-10": {"202609", "202610"},
        "2026-11": {"202610"},
    }


def test_hashes_and_sizes_of_the_deliveries_are_right(estate: Estate) -> None:
    for delivery in estate.deliveries:
        for file in delivery["files"]:
            data = (estate.location(delivery["source_id"]) / file["path"]).read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
