"""The clusters: bills, meters and truth agree, read by nothing but csv, json, pyarrow and Decimal."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from orchestration.sample.calendar import Calendar
from orchestration.sample.chance import generator
from orchestration.sample.kubernetes.fleet import make_fleet
from orchestration.sample.providers.gcp import ZONE
from tests.python.sample.conftest import Estate

SOURCES = {"prod-eu": "aws-main", "shared-neu": "azure-main", "data-euw4": "gcp-main"}
HUNDREDTH_OF_A_CENT = Decimal("0.0001")


def truth(estate: Estate) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(estate.root / "truth" / "kubernetes_costs.parquet").to_pylist()
    return rows


def hourly(estate: Estate, record: str) -> Iterator[dict[str, str]]:
    """Rows of the EKS cluster's feed."""
    for path in sorted((estate.root / "feeds" / "kubernetes_hourly").iterdir()):
        with gzip.open(path, "rt", newline="") as file:
            yield from (row for row in csv.DictReader(file) if row["record"] == record)


def test_every_role_of_every_cluster_costs_what_it_is_billed(estate: Estate) -> None:
    borne: dict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
    for row in truth(estate):
        borne[SOURCES[row["cluster"]], f"kubernetes_{row['role']}", row["charge_date"]] += row["effective_cost"]
    billed: dict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
    for charge in estate.charges:
        if charge["kind"].startswith("kubernetes") and charge["kind"] != "kubernetes_unmetered":
            billed[charge["source_id"], charge["kind"], charge["charge_date"]] += charge["effective_cost"]
    assert borne.keys() == {key for key, cost in billed.items() if cost}
    for key, cost in borne.items():
        # each part is rounded to twelve decimals
        assert abs(cost - billed[key]) < Decimal("1e-9")
    assert {role for _, role, _ in borne} == {
        f"kubernetes_{role}" for role in ("node", "control_plane", "volume", "load_balancer", "network", "nat")
    }


def test_there_is_churn(estate: Estate) -> None:
    pods: dict[str, set[str]] = defaultdict(set)
    nodes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in hourly(estate, "pod"):
        pods[row["pod"]].add(row["node"])
        nodes[row["start"], row["pod"]].add(row["node"])
    assert len(pods) > 300
    assert any(len(of_hour) == 2 for of_hour in nodes.values()), "a pod that moves within an hour"
    short = {row["hours"] for row in hourly(estate, "pod")}
    assert short >= {"0.25", "0.5", "0.75", "1"}
    instances = {row["line_item_resource_id"] for _, _, row in estate.in_force("aws-main") if "Spot" in usage(row)}
    assert len(instances) > 60


def usage(row: dict[str, Any]) -> str:
    return f"{row['pricing_purchase_option']} {row['line_item_usage_type']}"


def test_machines_are_billed_for_as_long_as_they_were_measured(estate: Estate) -> None:
    """But for the hours in which nobody measured."""
    cores: dict[tuple[str, str], str] = {}
    for row in hourly(estate, "pod"):
        key = (row["provider_id"].rpartition("/")[2], row["start"])
        assert cores.setdefault(key, row["node_cpu_capacity"]) == row["node_cpu_capacity"]
    sizes = {"m6i.2xlarge": 8, "p4d.24xlarge": 96}
    nodes = {node for node, _ in cores}
    billed = {
        (row["line_item_resource_id"], row["line_item_usage_start_date"].replace(".000Z", "Z")): Decimal(
            row["line_item_usage_amount"]
        )
        * sizes[row["product_instance_type"]]
        for _, _, row in estate.in_force("aws-main")
        if row["line_item_resource_id"] in nodes and row["product_instance_type"]
    }
    gap = {start for _, start in billed.keys() - cores.keys()}
    assert gap == {f"2026-09-09T{hour:02d}:00:00Z" for hour in (2, 3, 4)}
    assert {key: Decimal(value) for key, value in cores.items()} == {
        key: value for key, value in billed.items() if key[1] not in gap
    }


def test_more_is_claimed_than_there_is_but_never_requested_or_used(estate: Estate) -> None:
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    able: dict[tuple[str, str], Decimal] = {}
    for row in hourly(estate, "pod"):
        key = (row["node"], row["start"])
        asked, used = Decimal(row["cpu_request"]), Decimal(row["cpu_usage"])
        parts = (asked, used, max(asked, used))
        sums[key] = [total + part for total, part in zip(sums[key], parts, strict=True)]
        able[key] = Decimal(row["node_cpu_capacity"])
    assert any(claimed > able[key] for key, (_, _, claimed) in sums.items())
    assert all(max(asked, used) <= able[key] for key, (asked, used, _) in sums.items())


def test_a_disk_is_kept_when_its_claim_is_gone(estate: Estate) -> None:
    claims: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in hourly(estate, "volume"):
        claims[row["volume_handle"]].add((row["claim"], row["held_hours"]))
    (orphan,) = [handle for handle, held in claims.items() if ("", "0") in held]
    assert claims[orphan] == {("export-scratch", "24"), ("", "0")}
    of_orphan = [row for row in truth(estate) if row["resource_id"] == orphan]
    assert {row["domain_id"] for row in of_orphan} == {"cc-3010.settlement.prod"}
    assert max(row["charge_date"] for row in of_orphan) == date(2026, 10, 31)


def test_what_passes_a_gateway_is_what_was_sent_through_it(estate: Estate) -> None:
    sent: dict[str, Decimal] = defaultdict(Decimal)
    for row in hourly(estate, "network"):
        if row["traffic_class"] == "nat":
            sent[row["start"][:10]] += Decimal(row["bytes"])
    billed = {
        row["line_item_usage_start_date"][:10]: Decimal(row["line_item_usage_amount"])
        for _, _, row in estate.in_force("aws-main")
        if row["line_item_usage_type"] == "EUC1-NatGateway-Bytes"
    }
    assert billed.keys() == sent.keys()
    for day, gigabytes in billed.items():
        # each line of traffic is metered in whole ten-thousandths
        assert 0 <= sent[day] / 2**30 - gigabytes < Decimal("0.01")


def test_opencost_answers_with_averages_of_the_time_that_a_pod_ran(estate: Estate) -> None:
    folder = estate.root / "feeds" / "opencost" / "cluster=shared-neu"
    kinds, minutes = set(), set()
    for path in sorted(folder.iterdir()):
        answer = json.loads(gzip.decompress(path.read_bytes()))
        assert answer["code"] == 200
        for day in answer["data"]:
            for name, allocation in day.items():
                assert allocation["name"] == name
                start, end = (datetime.fromisoformat(allocation[key]) for key in ("start", "end"))
                assert end - start == timedelta(minutes=allocation["minutes"])
                kinds.add(allocation["properties"]["controllerKind"])
                minutes.add(allocation["minutes"])
    assert kinds == {"daemonset", "deployment", "statefulset", "cronjob"}
    assert {45.0, 1440.0} < minutes


def test_gpus_are_whole_sliced_and_idle(estate: Estate) -> None:
    profiles, idle = set(), Fraction(0)
    for path in sorted((estate.root / "feeds" / "gpu_telemetry").iterdir()):
        with gzip.open(path, "rt", newline="") as file:
            for row in csv.DictReader(file):
                profiles.add(row["mig_profile"])
                idle += Fraction(row["utilisation"]) == 0
    assert profiles == {"", "2g.10gb", "3g.20gb"}
    assert idle > 100


@pytest.mark.parametrize("cluster", SOURCES)
def test_who_pays_is_in_force_on_the_day(estate: Estate, cluster: str) -> None:
    spans: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in estate.policy("cost_domains"):
        spans[row["domain_id"]].append((row["valid_from"], row["valid_to"]))
    payers = {
        (row["domain_id"], row["charge_date"].isoformat())
        for row in truth(estate)
        if row["cluster"] == cluster and row["domain_id"] != "unallocated"
    }
    assert len({domain for domain, _ in payers}) > 4
    for domain, day in payers:
        assert any(since <= day < until for since, until in spans[domain]), (domain, day)


def test_machines_come_and_go_on_days_that_are_measured_however_large_the_fleet() -> None:
    """Google counts days in Pacific time: a machine that came after midnight UTC is billed on a day nobody measured."""
    calendar = Calendar.ending(date(2026, 11, 21), 3)
    _, _, gke = make_fleet(calendar, generator(1, "kubernetes"), 60, ("1", "2", "3"))
    moments = {moment for node in gke.nodes for moment in (node.start, node.end)} - {gke.start, gke.end}
    assert len(moments) == 60
    assert all(moment.date() == moment.astimezone(ZoneInfo(ZONE)).date() for moment in moments)
