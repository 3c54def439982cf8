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


def test_averages_become_core_hours_and_gib_hours_of_the_minutes_that_it_ran(built: Built) -> None:
    # 45 of 60 minutes: half a core requested is 0.375 core hours; NaN and null are nothing measured
    assert built.query(
        "select usage_hour, pod, hours, cpu_request, cpu_usage, memory_request, memory_usage "
        "from allocation.int_kubernetes_usage where source_id = 'opencost' and cluster <> 'dev-aks' "
        "order by cluster, usage_hour, source_row"
    ) == [
        (0, "api-1", *map(Decimal, ("0.75", "0.375", "0.075", "1.5", "0.75000000035"))),
        (0, "api-1", Decimal(1), None, Decimal("0.25"), None, None),
        (2, "debug", *map(Decimal, "11111")),
        (22, "job-1", *map(Decimal, ("0.5", "1", "0.0000075", "0.5", "0.25"))),
        (23, "job-1", Decimal(1), Decimal(2), None, Decimal(1), None),
    ]


def test_the_csv_export_tells_neither_node_nor_minutes_so_its_averages_are_of_the_day(built: Built) -> None:
    assert built.query(
        "select cluster, usage_date, usage_hour, node, provider_id, node_cpu_capacity, hours, cpu_request, "
        "memory_request from allocation.int_kubernetes_usage "
        "where source_id = 'opencost' and cluster = 'dev-aks' order by usage_date"
    )[0] == ("dev-aks", DAY, None, None, None, None, None, 12, None)


def test_opencost_names_node_workload_and_labels_alike_in_every_form(built: Built) -> None:
    assert built.query(
        "select distinct cluster, node, provider_id, namespace, workload_kind, workload_name, pod, labels, "
        "namespace_labels from allocation.int_kubernetes_usage where source_id = 'opencost' order by cluster, pod"
    ) == [
        ("dev-aks", None, None, "docs", "deployment", "site", "site-1", '{"app":"site","team":"docs"}', None),
        *(
            ("dev-gke", "gke-1", "gce://acme/europe-west3-a/gke-1", "shop", *workload, labels, '{"owner":"shop-prod"}')
            for labels in ['{"app":"api","team":"shop"}']
            for workload in [("deployment", "api", "api-1"), (None, None, "debug")]
        ),
        ("prod-eks", "ip-10-0-0-1", "i-0e1", "batch", None, None, "job-1", '{"team":"data"}', '{"team":"data"}'),
    ]


def test_what_opencost_invents_is_no_workload_and_its_idle_is_kept_to_compare_with(built: Built) -> None:
    assert built.query(
        "select allocation_type, cluster, usage_hour, node, estimated_cost from staging.stg_kubernetes__opencost "
        "where record = 'allocation' and allocation_type <> 'workload' order by all"
    ) == [
        ("idle", "dev-gke", 0, "gke-1", Decimal("-0.04")),
        ("idle", "prod-eks", 23, "ip-10-0-0-1", Decimal("0.25")),
        ("unallocated", "dev-gke", 0, None, Decimal("0.1")),
        ("unmounted", "dev-aks", None, None, 1),
        ("unmounted", "dev-gke", 0, None, Decimal("0.1")),
    ]


def test_the_api_tells_volumes_and_load_balancers_once_for_all_pods(built: Built) -> None:
    assert built.query(
        "select namespace, volume, volume_handle, requested_gib_hours, held_hours, workload_name "
        "from allocation.int_kubernetes_volumes where source_id = 'opencost' order by volume"
    ) == [
        ("shop", "pvc-1", "projects/acme/zones/europe-west3-a/disks/pvc-1", 10, Decimal("0.75"), "api"),
        (None, "pvc-2", "disks/pvc-2", 20, 1, None),
    ]
    assert built.query(
        "select cluster, namespace, service, load_balancer, hours from allocation.int_kubernetes_load_balancers "
        "where source_id = 'opencost'"
    ) == [("dev-gke", "shop", "api", "203.0.113.7", 1)]
    assert built.query(
        "select traffic_class, sum(bytes) from allocation.int_kubernetes_network "
        "where source_id = 'opencost' group by 1"
    ) == [("unclassified", 3048)]


def test_an_hour_of_a_cluster_is_of_the_package_made_last_and_its_parts_add_up(built: Built) -> None:
    # gone-1 was in the older package only; api-1 moved to another node at two, and nobody reported one
    assert built.query(
        "select cluster, usage_hour, node, provider_id, pod, cpu_request, cpu_usage, memory_usage, node_cpu_capacity, "
        "node_memory_capacity from allocation.int_kubernetes_usage where source_id = 'ocp-report' "
        "and cpu_usage is not null order by cluster, usage_hour, pod"
    ) == [
        (cluster, hour, node, f"i-0{node[-1]}", pod, asked, Decimal("0.1"), 1, 4, 16)
        for cluster, hour, node, pod, asked in [
            ("ocp-edge", 0, "worker-1", "till-1", Decimal("0.5")),
            ("ocp-prod", 0, "worker-1", "api-1", Decimal("0.5")),
            ("ocp-prod", 0, "worker-1", "api-2", Decimal("0.5")),
            ("ocp-prod", 0, "worker-2", "ml-1", None),
            ("ocp-prod", 2, "worker-2", "api-1", Decimal("0.5")),
        ]
    ]


def test_labels_of_reports_become_json_and_those_of_the_namespace_come_to_its_pods(built: Built) -> None:
    assert built.query(
        "select distinct labels, namespace_labels from allocation.int_kubernetes_usage "
        "where source_id = 'ocp-report' and pod = 'api-1' order by usage_hour"
    ) == [
        ('{"app_kubernetes_io_name":"api","team":"shop"}', '{"owner":"shop-prod"}'),
        ('{"app_kubernetes_io_name":"api","team":"shop"}', None),
    ]


def test_a_slice_is_its_part_of_the_gpu_and_unknown_where_nobody_says_how_many_there_are(built: Built) -> None:
    # two of seven slices for an hour, and half an hour of a whole GPU
    assert built.query(
        "select pod, gpu_request, gpu_model, gpu_usage, node_gpu_capacity from allocation.int_kubernetes_usage "
        "where source_id = 'ocp-report' and gpu_model is not null order by pod"
    ) == [
        ("ml-1", Decimal("0.785714285714"), "A100", None, None),
        ("ml-2", None, "A100", None, None),
    ]


def test_claims_of_reports_say_what_they_hold_and_who_mounts_it(built: Built) -> None:
    assert built.query(
        "select claim, volume_handle, requested_gib_hours, used_gib_hours, held_hours, workload_kind, workload_name, "
        "labels from allocation.int_kubernetes_volumes where source_id = 'ocp-report' order by claim"
    ) == [
        ("data", "vol-0cc", 10, 4, 1, "Pod", "db-1", '{"app":"db"}'),
        ("old", "vol-0dd", 10, 4, 1, None, None, '{"app":"db"}'),
    ]


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
