"""Measure the project's speed goals side by side, as ratios to a copy floor taken in the same run.

``make benchmark`` calls this. Nothing here asserts: timings are printed with their goal, and kept as JSON.

The copy floor F reads the wide normalised fact from Parquet and writes it again with zstd, on the same machine, with
the threads and memory limit of the build. Whatever is divided by or taken away from something else is measured in turn
with it, so that a machine whose speed drifts moves both.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration.home import Home
from orchestration.landing import catalog
from orchestration.versions import PROJECT
from orchestration.warehouse.building import selection_without_views
from orchestration.warehouse.connection import memory_limit
from orchestration.warehouse.dbt_project import dbt_environment

CONSOLE = Console()
PUBLISHED_QUERY = """
SELECT Tags['CostCentre'] AS cost_centre, SUM(EffectiveCost) AS total_effective_cost, BillingCurrency
FROM focus_cost_and_usage
WHERE ChargePeriodStart >= DATE_TRUNC('month', CURRENT_DATE) AND ServiceCategory = 'Compute'
GROUP BY Tags['CostCentre'], BillingCurrency ORDER BY total_effective_cost DESC;
"""


@dataclass(frozen=True)
class Run:
    """One measured process: wall and CPU seconds, peak resident memory in MiB."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Figure:
    """A measured value: ``better`` is ``lower`` or ``higher``; no ``goal`` where the value only explains others."""

    name: str
    value: float
    unit: str
    goal: float | None
    better: str

    @property
    def verdict(self) -> str:
        """Whether the measured value reaches the goal, in a word."""
        if self.goal is None:
            return ""
        return "yes" if (self.value <= self.goal if self.better == "lower" else self.value >= self.goal) else "NO"


def measure(command: Sequence[str], environment: dict[str, str] | None = None) -> Run:
    """Run ``command`` to its end and return what it took.

    Raises:
        SystemExit: the command failed; its output has been printed.
    """
    started = time.perf_counter()
    with Path(os.devnull).open("rb") as nothing:
        process = subprocess.Popen(
            command, env=environment, cwd=PROJECT, stdin=nothing, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode != 0:
        sys.stderr.write(output.decode(errors="replace"))
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def dbt_build(home: Home, *arguments: str) -> Run:
    """Build the periods in scope as a run does: every model with its data tests, but the views that are there."""
    dbt = str(Path(sys.executable).parent / "dbt")
    command = [dbt, "build", *selection_without_views(), *arguments]
    return measure(command, {**os.environ, **dbt_environment(home)})


def copy_floor(home: Home) -> Run:
    """Read the wide fact and write it again with zstd, in a process of its own."""
    target = home.warehouse / "floor.parquet"
    copy = (
        f"copy (from read_parquet('{home.facts}/focus_cost_and_usage/*/*/*.parquet')) to '{target}' (compression zstd)"
    )
    script = f"import duckdb; duckdb.connect(config={{'memory_limit': '{memory_limit()}'}}).execute(\"{copy}\")"
    run = measure([sys.executable, "-c", script])
    target.unlink()
    return run


def set_scope(home: Home, periods: Sequence[str]) -> None:
    """Make ``periods`` the ones that the next build of a home is about."""
    with duckdb.connect(str(home.warehouse_file)) as connection:
        catalog.set_scope(connection, periods)


def median(values: Sequence[float]) -> float:
    """Return the median of ``values``."""
    return statistics.median(values)


def prepare(folder: Path, rows: int) -> tuple[Home, list[str]]:
    """Write a sample estate of ``rows`` charge rows, run it once to publication, and return its home and periods.

    The estate ends today, so that the published query, which asks for the current month, has rows to answer from.
    """
    tieout = str(Path(sys.executable).parent / "tieout")
    estate = folder / "estate"
    ends = time.strftime("%Y-%m-%d")
    CONSOLE.print(f"[bold]{rows:,} rows[/]: writing the estate, then running it once")
    measure([tieout, "sample", str(estate), "--rows", str(rows), "--end", ends])
    return run_once(estate / "estate.yml", folder / "home")


def prepare_tiny(folder: Path) -> tuple[Home, list[str]]:
    """Run an estate of one source, one month, and nine charges once, without a policy; return its home and period."""
    CONSOLE.print("[bold]nine charges[/]: running them once")
    folder.mkdir(parents=True)
    estate = folder / "estate.yml"
    source = {"id": "tiny", "kind": "focus", "location": str(PROJECT / "tests" / "fixtures" / "focus" / "data")}
    estate.write_text(json.dumps({"reporting_currency": "USD", "sources": [source]}), encoding="utf-8")  # YAML, too
    return run_once(estate, folder / "home")


def run_once(estate: Path, home_folder: Path) -> tuple[Home, list[str]]:
    """Run an estate in a new home, and return that home with all periods that were delivered."""
    home = Home(home_folder)
    tieout = str(Path(sys.executable).parent / "tieout")
    run = measure([tieout, "run", "--estate", str(estate), "--home", str(home.root)])
    CONSOLE.print(f"  first run, landing to publication: {run.wall:.1f} s, peak {run.memory:.0f} MiB")
    with duckdb.connect(str(home.warehouse_file), read_only=True) as connection:
        periods = [
            str(row[0])
            for row in connection.execute(
                "select distinct billing_period from landing.partitions order by 1"
            ).fetchall()
        ]
    return home, periods


@dataclass(frozen=True)
class Turn:
    """What is measured one after the other: an estate's full build, its floor and a restated provider-month of it.

    The difference is the largest between normalised and allocated cost after the full build, of all currencies. The
    fixed costs are those of an estate with hardly any data: of building all its periods, and a restated one.
    """

    build: Run
    difference: float
    floor: Run
    fixed: Run
    restated: Run
    restated_fixed: Run

    @property
    def variable(self) -> float:
        """Seconds that the full build takes for the rows."""
        return self.build.wall - self.fixed.wall

    @property
    def restated_variable(self) -> float:
        """Seconds that the restated month's build takes for the rows."""
        return self.restated.wall - self.restated_fixed.wall


def take_turn(home: Home, periods: Sequence[str], small: Home, small_periods: Sequence[str], turn: int) -> Turn:
    """Measure once each: build, floor, restated month, and the fixed costs in an estate with hardly any data."""
    set_scope(home, periods)
    set_scope(small, small_periods)
    return Turn(
        build=dbt_build(home, "--full-refresh"),
        difference=reconciliation_difference(home),
        floor=copy_floor(home),
        fixed=dbt_build(small, "--full-refresh"),
        restated=restated_month(home, periods, turn),
        restated_fixed=restated_month(small, small_periods, turn),
    )


def share_of_restated(home: Home, period: str) -> float:
    """Return which part of an estate's rows is the provider-month that is restated."""
    with duckdb.connect(str(home.warehouse_file), read_only=True) as connection:
        rows, total = largest_source(connection, period)[2:]
    return rows / total


def restated_month(home: Home, periods: Sequence[str], turn: int) -> Run:
    """Restate the largest source of the first period for the ``turn``-th time, and build that month."""
    with duckdb.connect(str(home.warehouse_file)) as connection:
        source, period = largest_source(connection, periods[0])[:2]
    set_scope(home, [period])
    with duckdb.connect(str(home.warehouse_file)) as connection:
        connection.execute(
            "update landing.partitions set fingerprint = ? where source_id = ? and billing_period = ?",
            [f"restated-{turn}", source, period],
        )
    return dbt_build(home)


def largest_source(connection: duckdb.DuckDBPyConnection, period: str) -> tuple[str, str, int, int]:
    """Return the source with most charges in ``period``, the period, its charges, and those of the whole estate."""
    counted = connection.execute(
        "select x_source_id, x_billing_period, count(*), sum(count(*)) over () from finance.focus_cost_and_usage"
        " where x_source_id in (select source_id from landing.partitions) group by 1, 2 order by 3 desc, 1"
    ).fetchall()
    return next(row for row in counted if row[1] == period)


def preview_ratio(folder: Path, home: Home, period: str, pairs: int) -> float:
    """Preview one override taken back; return the command's time ÷ that of a full build of the period."""
    tieout = str(Path(sys.executable).parent / "tieout")
    changed = folder / "policy-changed"
    shutil.copytree(folder / "estate" / "policy", changed, dirs_exist_ok=True)
    rules = changed / "ownership_rules.csv"
    lines = rules.read_text(encoding="utf-8").splitlines(keepends=True)
    lines.remove(next(line for line in lines if line.startswith("override-")))
    rules.write_text("".join(lines), encoding="utf-8")
    set_scope(home, [period])
    estate = str(folder / "estate" / "estate.yml")
    command = [tieout, "preview", str(changed), "--period", period, "--estate", estate, "--home", str(home.root)]
    ratios = []
    for _ in range(pairs):
        build = dbt_build(home, "--full-refresh")
        ratios.append(measure([*command, "--html", str(folder / "preview.html")]).wall / build.wall)
    return median(ratios)


CHARGES = 5_000_000
SHARED_OF_100 = 8
TARGETS = 60
SPLIT_INPUTS = f"""
create schema ownership;
create schema allocation;
copy (
select
    'source' as source_id, '2026-10' as billing_period, range as charge_id, range % 5000 as identity_id,
    date '2026-10-01' + cast(range % 31 as integer) as charge_date, range % 24 as charge_hour,
    'USD' as billing_currency,
    cast((range % 99991) / 97 as decimal(38, 12)) as billed_cost,
    cast((range % 99989) / 89 as decimal(38, 12)) as effective_cost,
    cast((range % 99971) / 83 as decimal(38, 12)) as list_cost,
    cast((range % 99961) / 79 as decimal(38, 12)) as contracted_cost
from range({CHARGES})
) to '{{charges}}' (format parquet, compression zstd);
create view ownership.int_charges as select * from read_parquet('{{charges}}');
create table allocation.int_charge_owners as
select
    range as identity_id, date '2026-10-01' as segment_from, date '2026-11-01' as segment_to,
    case when range % 100 >= {SHARED_OF_100} then 'domain-' || range % 150 end as domain_id,
    case when range % 100 < {SHARED_OF_100} then 'pool' end as pool_id,
    case when range % 100 < {SHARED_OF_100} then 1 end as pool_version,
    case when range % 100 < {SHARED_OF_100} then 1::bigint end as pool_scope_id,
    case when range % 100 < {SHARED_OF_100} then 'billing_month' end as driver_window, cast(null as date) as cut_from,
    'rule' as rule_id, 1 as rule_version, 'tag' as attribution_method, cast(null as varchar) as reason
from range(5000);
create table allocation.allocation_shares as
select
    range as share_id, 1::bigint as pool_scope_id, '2026-10' as billing_period, date '2026-10-01' as window_start,
    -1 as window_hour, 'domain-' || range as domain_id, cast(range as double) / {TARGETS} as share_from,
    cast(range + 1 as double) / {TARGETS} as share_to, 'proportional' as allocation_method,
    cast(null as varchar) as reason
from range({TARGETS});
"""


def splits_per_second(home: Home, folder: Path, pairs: int) -> float:
    """Return exact splits (charge × owner, each of four costs) per second that the compiled split model computes.

    The model runs over charges made up here, a part of them shared among many targets, and read from Parquet as the
    charge fact is; its amounts are summed and not written, so that it is the splitting that is measured. The sum must
    equal the charges'.
    """
    sql = (
        Path(dbt_environment(home)["DBT_TARGET_PATH"]) / "compiled/tieout/models/marts/finance/fct_charge_splits.sql"
    ).read_text(encoding="utf-8")
    costs = "sum(billed_cost), sum(effective_cost), sum(list_cost), sum(contracted_cost)"
    with duckdb.connect(str(folder / "tieout.duckdb"), config={"memory_limit": memory_limit()}) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(SPLIT_INPUTS.format(charges=folder / "charges.parquet"))
        expected = connection.execute(f"select {costs} from ownership.int_charges").fetchone()
        speeds = []
        for _ in range(pairs):
            started = time.perf_counter()
            row = connection.execute(f"select count(*), {costs} from ({sql}) as splits").fetchone()
            assert row is not None
            speeds.append(row[0] / (time.perf_counter() - started))
            assert row[1:] == expected, "the splits do not add up to the charges"
    return median(speeds)


def published_query(home: Home, period: str) -> float:
    """Return the seconds that the design's query takes on the current publication of ``period``."""
    file = home.publications / period / "current" / "tieout.duckdb"
    seconds = []
    for _ in range(5):
        with duckdb.connect(str(file), read_only=True) as connection:
            started = time.perf_counter()
            connection.execute(PUBLISHED_QUERY).fetchall()
            seconds.append(time.perf_counter() - started)
    return median(seconds)


def reconciliation_difference(home: Home) -> float:
    """Return the largest absolute difference between normalised and allocated cost, over all control totals."""
    with duckdb.connect(str(home.warehouse_file), read_only=True) as connection:
        row = connection.execute("select max(abs(difference)) from audit.audit_ledger").fetchone()
    assert row is not None
    return float(row[0])


def benchmark(folder: Path, rows: int, pairs: int) -> list[Figure]:
    """Measure one estate size and return its figures."""
    tieout = str(Path(sys.executable).parent / "tieout")
    home, periods = prepare(folder / "estate", rows)
    small, small_periods = prepare(folder / "small", 5_000)
    tiny, tiny_periods = prepare_tiny(folder / "tiny")
    set_scope(tiny, tiny_periods)
    tiny_runs = [dbt_build(tiny, "--full-refresh") for _ in range(pairs)]

    no_op = [
        measure([tieout, "run", "--estate", str(folder / "estate" / "estate" / "estate.yml"), "--home", str(home.root)])
        for _ in range(pairs)
    ]
    query = published_query(home, periods[-1])
    share = share_of_restated(home, periods[0])
    turns: list[Turn] = []
    for number in range(1, pairs + 1):
        turns.append(turn := take_turn(home, periods, small, small_periods, number))
        CONSOLE.print(
            f"  pair {number}/{pairs}: build {turn.build.wall:.1f} s, floor {turn.floor.wall:.1f} s, "
            f"restated {turn.restated.wall:.1f} s, fixed {turn.fixed.wall:.1f} s and {turn.restated_fixed.wall:.1f} s"
        )
    fixed = median([turn.fixed.wall for turn in turns])
    speed = splits_per_second(home, folder, pairs)
    preview = preview_ratio(folder / "estate", home, periods[0], pairs)
    size = f"{rows:,} rows"
    to_floor = median([turn.build.wall / turn.floor.wall for turn in turns])
    variable_to_floor = median([turn.variable / turn.floor.wall for turn in turns])
    restated = median([turn.restated_variable / (share * turn.variable) for turn in turns])
    # of a small estate the fixed cost is the larger part: the goal for the whole is set for ten million rows
    goal = 3.5 if rows >= 10_000_000 else None
    return [
        Figure(f"full build ÷ copy floor, {size}", to_floor, "×", goal, "lower"),
        Figure(f"full build ÷ copy floor, fixed cost apart, {size}", variable_to_floor, "×", 3.5, "lower"),
        Figure("fixed cost of a build, tiny data", median([run.cpu for run in tiny_runs]), "CPU s", 12, "lower"),
        # what is taken away as fixed from the figures above and below: three months of every source and feed
        Figure("the smallest sample, built whole", median([turn.fixed.cpu for turn in turns]), "CPU s", None, "lower"),
        Figure(f"restated provider-month ÷ its share of a full build, {size}", restated, "×", 1.2, "lower"),
        Figure(f"preview of a one-rule change ÷ a full build of its month, {size}", preview, "×", 0.25, "lower"),
        Figure(f"a run with nothing new, {size}", median([run.wall for run in no_op]), "s", fixed, "lower"),
        Figure(f"exact splits per second, {size}", speed / 1e6, "M/s", 5, "higher"),
        Figure(f"peak memory of a build, {size}", max(turn.build.memory for turn in turns), "MiB", 2560, "lower"),
        Figure(f"published query, {size}", query, "s", 1, "lower"),
        Figure("reconciliation difference", max(turn.difference for turn in turns), "", 0, "lower"),
    ]


def main() -> None:
    """Measure each estate size asked for, print the goals and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("artifacts/benchmark"))
    options = parser.parse_args()
    figures: list[Figure] = []
    for rows in options.rows:
        folder = options.folder.absolute() / str(rows)
        shutil.rmtree(folder, ignore_errors=True)
        figures += benchmark(folder, rows, options.pairs)
        table = Table("what", "measured", "goal", "met")
        for figure in figures:
            sign = "≤" if figure.better == "lower" else "≥"
            goal = "" if figure.goal is None else f"{sign} {figure.goal:.4g} {figure.unit}"
            table.add_row(figure.name, f"{figure.value:.3g} {figure.unit}", goal, figure.verdict)
        CONSOLE.print(table)
        (options.folder / "figures.json").write_text(
            json.dumps([asdict(figure) for figure in figures], indent=2) + "\n"
        )
        shutil.rmtree(folder / "small", ignore_errors=True)


if __name__ == "__main__":
    main()
