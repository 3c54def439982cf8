"""Measure what dividing a cluster costs: a month of hourly telemetry, as a ratio to a copy floor of that telemetry.

``python -m tests.benchmark.kubernetes`` writes one cluster and its bill, runs it once with its usage feed and once
without, and builds both in turn: the difference is what telemetry costs, to the published tables and their checks. The
floor reads the landed telemetry and writes it again with zstd. Splitting itself is measured apart: a row of an hour
of a node for every owner of what runs on it. Nothing here asserts but that nodes and splits tie.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path

import duckdb
from rich.console import Console

from orchestration.home import Home
from orchestration.warehouse.connection import memory_limit
from orchestration.warehouse.dbt_project import dbt_environment
from tests.benchmark.benchmark import Figure, Run, dbt_build, measure, median, set_scope

CONSOLE = Console()
PODS_OF_A_NODE = 20
PERIOD = "2026-09"
VALID = "2020-01-01,9999-12-31"

BILL = """
copy (
    select
        moment as "ChargePeriodStart", moment + interval 1 hour as "ChargePeriodEnd",
        timestamp '2026-09-01' as "BillingPeriodStart", timestamp '2026-10-01' as "BillingPeriodEnd",
        (0.30 + node % 7 * 0.01)::decimal(18, 6) as "BilledCost", (0.30 + node % 7 * 0.01)::decimal(18, 6) as "EffectiveCost",
        0.4::decimal(18, 6) as "ListCost", 0.35::decimal(18, 6) as "ContractedCost", 'USD' as "BillingCurrency",
        'main' as "BillingAccountId", 'Usage' as "ChargeCategory", 'node' as "ChargeDescription", 'AWS' as "ProviderName",
        'AWS' as "PublisherName", 'Amazon Web Services, Inc.' as "InvoiceIssuerName", 'EC2' as "ServiceName",
        'Compute' as "ServiceCategory", format('i-{:016x}', node) as "ResourceId"
    from range($nodes) as nodes (node),
        range(timestamp '2026-09-01', timestamp '2026-09-01' + interval ($days) day, interval 1 hour) as hours (moment)
) to '$file' (format parquet, compression zstd)
"""  # noqa: E501 - the columns of a bill

TELEMETRY = """
copy (
    select
        'pod' as record, moment as start, moment + interval 1 hour as "end", 'prod' as cluster,
        format('ip-{}', node) as node, format('aws:///eu-central-1a/i-{:016x}', node) as provider_id,
        format('ns-{}', pod % 40) as namespace, 'Deployment' as workload_kind, format('app-{}', pod % 300) as workload_name,
        format('app-{}-{}', pod % 300, pod) as pod,
        format('{{"app":"app-{}","team":"team-{}"}}', pod % 300, pod % 40) as labels, 1.0 as hours,
        0.1 + pod % 5 * 0.05 as cpu_request, 0.05 + (pod * 7 + hour(moment)) % 10 * 0.03 as cpu_usage,
        0.5 + pod % 4 * 0.25 as memory_request, 0.4 + (pod * 3 + hour(moment)) % 8 * 0.1 as memory_usage,
        8.0 as node_cpu_capacity, 32.0 as node_memory_capacity
    from range($pods) as pods (pod),
        range(timestamp '2026-09-01', timestamp '2026-09-01' + interval ($days) day, interval 1 hour) as hours (moment),
        lateral (select pod // $pods_of_a_node as node) as placed
    order by moment, pod
) to '$file' (format parquet, compression zstd)
"""  # noqa: E501 - the columns of a feed


def write_cluster(folder: Path, pods: int, days: int, *, with_feed: bool) -> Path:
    """Write one cluster: its hourly bill, a policy that divides it by the hour, and its usage feed; return its file."""
    for name in ("bill", "usage", "policy"):
        (folder / name).mkdir(parents=True)
    nodes = -(-pods // PODS_OF_A_NODE)
    values = {"nodes": nodes, "pods": pods, "days": days, "pods_of_a_node": PODS_OF_A_NODE}
    for statement, file in ((BILL, folder / "bill" / "bill.parquet"), (TELEMETRY, folder / "usage" / "usage.parquet")):
        text = statement.replace("$file", str(file))
        for name in sorted(values, key=len, reverse=True):
            text = text.replace(f"${name}", str(values[name]))
        duckdb.connect().execute(text)
    policy = {
        "cost_domains": "domain_id,business_unit,cost_centre,product,environment,owner,chargeback_mode,"
        "valid_from,valid_to\n"
        + "".join(
            f"team-{number},All,cc-{number},product-{number},prod,ann,showback,{VALID}\n" for number in range(40)
        ),
        "kubernetes_clusters": "cluster,charge_base,idle_target,owner,approved_by,valid_from,valid_to\n"
        f"prod,max,team-0,ann,cfo,{VALID}\n",
        "kubernetes_namespaces": "namespace,domain_id,rationale,owner,approved_by,valid_from,valid_to\n"
        + "".join(f"ns-{number},team-{number},theirs,ann,cfo,{VALID}\n" for number in range(40)),
        "ownership_rules": "rule_id,rule_version,precedence,kind,service_name,pool_id,rationale,owner,approved_by,"
        f"valid_from,valid_to\nnodes,1,1,default,EC2,nodes,shared,ann,cfo,{VALID}\n",
        "pools": "pool_id,pool_version,pool_name,method,driver_id,driver_window,scope_by,method_id,rationale,owner,"
        "approved_by,valid_from,valid_to\nnodes,1,Nodes,proportional,kubernetes_node_compute,charge_hour,resource_id,"
        f"CPU_UTIL_WEIGHTED,shared,ann,cfo,{VALID}\n",
        "drivers": f"driver_id,kind,valid_from,valid_to\nkubernetes_node_compute,usage,{VALID}\n",
    }
    for table, text in policy.items():
        (folder / "policy" / f"{table}.csv").write_text(text, encoding="utf-8")
    feed = "  - {id: prod, kind: kubernetes_usage, location: ./usage}\n" if with_feed else ""
    estate = folder / "estate.yml"
    estate.write_text(
        f"reporting_currency: USD\nsources:\n  - {{id: bill, kind: focus, location: ./bill}}\n{feed}policy: ./policy\n",
        encoding="utf-8",
    )
    return estate


def copy_floor(home: Home) -> Run:
    """Read the landed telemetry and write it again with zstd, in a process of its own."""
    target = home.warehouse / "floor.parquet"
    files = home.root / "landing" / "kubernetes_usage"
    copy = f"copy (from read_parquet('{files}/**/*.parquet')) to '{target}' (compression zstd)"
    script = f"import duckdb; duckdb.connect(config={{'memory_limit': '{memory_limit()}'}}).execute(\"{copy}\")"
    run = measure([sys.executable, "-c", script])
    target.unlink()
    return run


def splits_per_second(home: Home, pairs: int) -> float:
    """Return exact splits (hour of a node × owner, each of four costs) per second, as the compiled model splits.

    As in the benchmark of the engine, amounts are summed and not written.
    """
    compiled = Path(dbt_environment(home)["DBT_TARGET_PATH"]) / "compiled/tieout/models/marts/finance"
    sql = (compiled / "fct_charge_splits.sql").read_text(encoding="utf-8")
    costs = "sum(billed_cost), sum(effective_cost), sum(list_cost), sum(contracted_cost)"
    speeds = []
    with duckdb.connect(str(home.warehouse_file), read_only=True) as connection:
        expected = connection.execute(f"select {costs} from ownership.int_charges").fetchone()
        for _ in range(pairs):
            started = time.perf_counter()
            row = connection.execute(f"select count(*), {costs} from ({sql}) as splits").fetchone()
            assert row is not None
            speeds.append(row[0] / (time.perf_counter() - started))
            assert row[1:] == expected, "the splits do not add up to the charges"
    return median(speeds)


def benchmark(folder: Path, pods: int, days: int, pairs: int) -> list[Figure]:
    """Measure one size of a cluster and return its figures."""
    tieout = str(Path(sys.executable).parent / "tieout")
    homes = {}
    for with_feed in (True, False):
        place = folder / ("with" if with_feed else "without")
        estate = write_cluster(place, pods, days, with_feed=with_feed)
        homes[with_feed] = Home(place / "home")
        run = measure([tieout, "run", "--estate", str(estate), "--home", str(homes[with_feed].root)])
        CONSOLE.print(f"  first run {'with' if with_feed else 'without'} the feed: {run.wall:.1f} s")
        set_scope(homes[with_feed], [PERIOD])
    ratios, memory = [], []
    for turn in range(pairs):
        divided = dbt_build(homes[True], "--full-refresh")
        undivided = dbt_build(homes[False], "--full-refresh")
        floor = copy_floor(homes[True])
        ratios.append((divided.wall - undivided.wall) / floor.wall)
        memory.append(divided.memory)
        CONSOLE.print(
            f"  pair {turn + 1}/{pairs}: {divided.wall:.1f} s with the feed, {undivided.wall:.1f} s without, "
            f"floor {floor.wall:.1f} s"
        )
    with duckdb.connect(str(homes[True].warehouse_file), read_only=True) as connection:
        row = connection.execute(
            "select max(abs(difference)) from audit.audit_kubernetes where check_id = 'node_cost'"
        ).fetchone()
    assert row is not None
    size = f"{pods:,} pods × {days} days by the hour"
    return [
        Figure(f"telemetry's part of a build ÷ copy floor of the telemetry, {size}", median(ratios), "×", 3.5, "lower"),
        Figure(f"exact splits per second, {size}", splits_per_second(homes[True], pairs) / 1e6, "M/s", 5, "higher"),
        Figure(f"peak memory of a build, {size}", max(memory), "MiB", 2560, "lower"),
        Figure("node cost to namespaces and idle, difference", float(row[0]), "", 0, "lower"),
    ]


def main() -> None:
    """Measure a cluster, print the figures and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("artifacts/benchmark/kubernetes"))
    options = parser.parse_args()
    folder = options.folder.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    figures = benchmark(folder, options.pods, options.days, options.pairs)
    for figure in figures:
        CONSOLE.print(f"{figure.name}: {figure.value:.3g} {figure.unit} {figure.verdict}")
    (folder / "figures.json").write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")


if __name__ == "__main__":
    main()
