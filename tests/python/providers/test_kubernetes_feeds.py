"""Telemetry of Kubernetes in the unified views: every feed in one set of columns, once, and null where not measured."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.estate import Source
from orchestration.home import Home
from orchestration.landing import LandingResult, land_source
from tests.python.providers.conftest import Built

DAY = dt.date(2026, 5, 1)
HEADER = "record,start,end,cluster,node,namespace,pod,labels,cpu_usage"


def usage(built: Built, source_id: str, columns: str) -> list[tuple[object, ...]]:
    return built.query(
        f"select {columns} from allocation.int_kubernetes_usage where source_id = $1 order by source_row", source_id
    )


def land(folder: Path, *rows: str, name: str = "usage-20260502.csv") -> LandingResult:
    feed = folder / "feed"
    feed.mkdir(exist_ok=True)
    (feed / name).write_text("\n".join([HEADER, *rows, ""]))
    return land_source(Source(id="k8s", kind="kubernetes_usage", location=str(feed)), Home.of(folder / "home"))


def refusal(folder: Path, *rows: str) -> str:
    result = land(folder, *rows)
    assert result.receipts == []
    return str(result.refusals[0])


def test_a_day_that_was_measured_again_replaces_the_day(built: Built) -> None:
    assert built.landed["kubernetes_usage"].refusals == []
    assert {receipt.billed_cost for receipt in built.landed["kubernetes_usage"].receipts} == {None}
    assert {file for (file,) in usage(built, "kubernetes-usage", "source_file")} == {"usage-20260502.csv"}


def test_what_was_not_measured_is_null(built: Built) -> None:
    assert usage(
        built, "kubernetes-usage", "usage_date, usage_hour, node, pod, hours, cpu_request, cpu_usage, memory_usage"
    ) == [
        (DAY, 0, "node-1", "api-7f-x1", 1, Decimal("0.5"), Decimal("0.25"), Decimal("1.5")),
        (DAY, 0, "node-1", "dns-a", Decimal("0.5"), None, Decimal("0.05"), None),
        (DAY, 1, "node-1", "api-7f-x1", Decimal("0.25"), Decimal("0.125"), 0, 0),
        (DAY, 1, "node-2", "api-7f-x2", Decimal("0.75"), Decimal("0.375"), Decimal("0.5"), 1),
        (DAY, 1, "node-3", None, None, None, None, None),
    ]


def test_a_node_says_its_capacity_on_each_row_and_by_itself_when_it_is_empty(built: Built) -> None:
    assert usage(built, "kubernetes-usage", "provider_id, node_cpu_capacity, node_gpu_capacity, gpu_request")[2:] == [
        ("aws:///eu-central-1a/i-0aa", 1, None, None),
        ("aws:///eu-central-1b/i-0bb", 6, Decimal("0.75"), Decimal("0.25")),
        ("aws:///eu-central-1b/i-0cc", 8, None, None),
    ]


def test_labels_are_kept_as_they_are_and_none_is_null(built: Built) -> None:
    assert usage(built, "kubernetes-usage", "labels, namespace_labels")[:2] == [
        ('{"app":"api","team":"shop"}', '{"owner":"shop-prod"}'),
        (None, None),
    ]


def test_volumes_are_of_the_day_whether_it_ends_at_midnight_or_a_second_before(built: Built) -> None:
    assert built.query(
        "select usage_date, usage_hour, claim, volume_handle, requested_gib_hours, used_gib_hours, held_hours, "
        "workload_name from allocation.int_kubernetes_volumes where source_id = 'kubernetes-usage' order by source_row"
    ) == [
        (DAY, None, "data-db-0", "vol-0aa", 240, 96, 24, "db"),
        (DAY, None, "old", "vol-0bb", 480, None, 24, None),
    ]


def test_traffic_and_load_balancers_have_views_of_their_own(built: Built) -> None:
    assert built.query(
        "select usage_hour, namespace, traffic_class, bytes from allocation.int_kubernetes_network "
        "where source_id = 'kubernetes-usage'"
    ) == [(1, "shop", "internet", 1073741824)]
    assert built.query(
        "select namespace, service, hours from allocation.int_kubernetes_load_balancers "
        "where source_id = 'kubernetes-usage'"
    ) == [("shop", "storefront", 24)]


def test_files_of_hours_add_up_and_the_newer_one_of_an_hour_counts(tmp_path: Path) -> None:
    row = "pod,2026-05-01T0{0}:00:00Z,2026-05-01T0{1}:00:00Z,prod,n1,shop,p1,,{2}"
    land(tmp_path, row.format(0, 1, 1), name="usage-20260501T0100.csv")
    land(tmp_path, row.format(1, 2, 2), name="usage-20260501T0200.csv")
    result = land(tmp_path, row.format(0, 1, 3), name="usage-20260501T0300.csv")

    (receipt,) = result.receipts
    assert [(file.path, file.rows) for file in receipt.files] == [
        ("usage-20260501T0200.csv", 1),
        ("usage-20260501T0300.csv", 1),
    ]


def test_an_hour_that_nobody_measured_is_missing_and_nothing_fills_it(tmp_path: Path) -> None:
    row = "pod,2026-05-01T0{0}:00:00Z,2026-05-01T0{1}:00:00Z,prod,n1,shop,p1,,1"
    (receipt,) = land(tmp_path, row.format(0, 1), row.format(3, 4)).receipts

    assert receipt.row_count == 2


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("pid,2026-05-01,2026-05-02,prod,n1,shop,p1,,1", "row 2: record: found 'pid'; expected one of pod, node"),
        ("pod,2026-05-01,2026-05-02,,n1,shop,p1,,1", "row 2: cluster: found nothing, but record pod"),
        ("pod,2026-05-01,2026-05-02,prod,n1,shop,,,1", "row 2: pod: found nothing, but record pod"),
        ("node,2026-05-01,2026-05-02,prod,,,,,", "row 2: node: found nothing, but record node"),
        ("volume,2026-05-01,2026-05-02,prod,,shop,,,", "row 2: volume: found nothing, but record volume"),
        (
            "pod,2026-05-01,2026-05-02,prod,n1,shop,p1,app=api,1",
            "row 2: labels: found 'app=api'; expected a JSON object",
        ),
        (
            'pod,2026-05-01,2026-05-02,prod,n1,shop,p1,"[""a""]",1',
            "row 2: labels: found '[\"a\"]'; expected a JSON object",
        ),
        ("pod,2026-05-01,2026-05-02,prod,n1,shop,p1,,-0.5", "row 2: cpu_usage: found '-0.5'; expected a number"),
        ("pod,2026-05-01,2026-05-02,prod,n1,shop,p1,,NaN", "row 2: cpu_usage: found 'NaN'; expected a number"),
        ("pod,2026-05-01,2026-05-08,prod,n1,shop,p1,,1", "row 2: end: found 2026-05-08 00:00:00 after a start at"),
        (
            "pod,2026-05-03T00:00+02:00,2026-05-04T00:00+02:00,prod,n1,shop,p1,,1",
            "expected an interval within one day of UTC",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_by_its_number(row: str, told: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, "pod,2026-05-01,2026-05-02,prod,n1,shop,p0,,1", row)

    assert "usage-20260502.csv" in said
    assert told in said


def test_a_day_as_a_whole_beside_its_hours_is_refused(tmp_path: Path) -> None:
    said = refusal(
        tmp_path,
        "pod,2026-05-01,2026-05-02,prod,n1,shop,p1,,24",
        "pod,2026-05-01T03:00:00Z,2026-05-01T04:00:00Z,prod,n1,shop,p1,,1",
    )

    assert "the day 2026-05-01 of prod pod as a whole, and hours of it" in said


def test_two_files_that_say_the_same_under_names_that_do_not_tell_are_refused(tmp_path: Path) -> None:
    row = "pod,2026-05-01,2026-05-02,prod,n1,shop,p1,,1"
    land(tmp_path, row, name="from-prometheus.csv")
    result = land(tmp_path, row, name="from-agent.csv")

    assert "record pod of prod in billing period 2026-05, in each" in str(result.refusals[0])
