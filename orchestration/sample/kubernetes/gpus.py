"""What the GPUs of a cluster did hour by hour: some train, some are cut into slices that serve, some stand idle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.sample.chance import guid
from orchestration.sample.company import OPEN_END, Company
from orchestration.sample.deliveries import write_rows
from orchestration.sample.kubernetes.world import HOUR, MIG_SLICES, Cluster, Node, steps

# GPU of the machine: profile and instance of each part that is used; a GPU without an entry is used as a whole
_SLICES: dict[int, tuple[tuple[str, str], ...]] = {
    4: (("3g.20gb", "1"), ("3g.20gb", "2")),
    5: (("2g.10gb", "3"),),
}
_TRAINING = range(4)
IDLE_BELOW, IDLE_HOURS = 10, 2
"""A GPU idles that is busy for less than so many percent of the time, for so many hours in a row."""
IDLE_SCHEMA = pa.schema(
    [
        ("resource_id", pa.string()),
        ("window_start", pa.timestamp("us")),
        ("window_end", pa.timestamp("us")),
        ("gpus", pa.decimal128(38, 12)),
        ("effective_cost", pa.decimal128(38, 12)),
    ]
)
_NIGHTFALL = 14
"""Training is over at this hour, the machine goes at four."""


@dataclass(frozen=True)
class GpuSample:
    """A GPU, or slice of one, in an hour: percent of the time and memory that it was in use."""

    start: datetime
    cluster: Cluster
    node: Node
    gpu: str
    profile: str
    instance: str
    busy: int
    memory: int
    requests: int

    @property
    def part(self) -> Decimal:
        """GPUs that it is: less than one for a slice."""
        return Decimal(int(self.profile[0])) / MIG_SLICES if self.profile else Decimal(1)

    def row(self) -> dict[str, str]:
        """Return the sample as the exporter writes it."""
        return {
            "time": f"{self.start:%Y-%m-%dT%H:%M:%SZ}",
            "resource": self.node.provider_id,
            "cluster": self.cluster.name,
            "node": self.node.name,
            "gpu": self.gpu,
            "gpu_model": self.node.type.gpu_model,
            "gpus_of_resource": str(self.node.type.gpus),
            "mig_profile": self.profile,
            "mig_instance": self.instance,
            "utilisation": f"{self.busy / 100:.2f}",
            "memory_utilisation": f"{self.memory / 100:.2f}",
            "requests": str(self.requests) if self.requests else "",
            "hours": "1",
        }


def gpu_samples(cluster: Cluster, rng: np.random.Generator) -> Iterator[GpuSample]:
    """Return what was measured of every GPU of a cluster, machine by machine."""
    for node in cluster.nodes:
        names = [f"GPU-{guid(rng)}" for _ in range(node.type.gpus)]
        for hour in steps(node.start, node.end, HOUR) if names else ():
            for number, name in enumerate(names):
                for profile, instance in _SLICES.get(number, (("", ""),)):
                    busy, memory, requests = 0, 1, 0
                    if profile:
                        busy, memory = int(rng.integers(20, 80)), int(rng.integers(50, 90))
                        requests = busy * int(rng.integers(90, 130))
                    elif number in _TRAINING and hour.hour < _NIGHTFALL:
                        busy, memory = int(rng.integers(85, 100)), int(rng.integers(80, 97))
                    yield GpuSample(hour, cluster, node, name, profile, instance, busy, memory, requests)


def idle_windows(samples: list[GpuSample]) -> list[dict[str, object]]:
    """Return when GPUs idled and what of their machines' cost that is; those that idle together share a window."""
    idle: dict[tuple[Node, str, str], list[GpuSample]] = defaultdict(list)
    for sample in samples:
        if sample.busy < IDLE_BELOW:
            idle[(sample.node, sample.gpu, sample.instance)].append(sample)
    windows: dict[tuple[str, datetime, datetime], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 2)
    with localcontext() as context:
        context.prec = 40
        for (node, _, _), hours in idle.items():
            rate = Decimal(node.type.rate)
            for run in _runs(hours):
                if len(run) >= IDLE_HOURS:
                    window = windows[(node.resource_id, run[0].start, run[-1].start + HOUR)]
                    window[0] += run[0].part
                    window[1] += rate * len(run) * run[0].part / node.type.gpus
        return [
            {
                "resource_id": resource_id,
                "window_start": start.replace(tzinfo=None),
                "window_end": end.replace(tzinfo=None),
                "gpus": gpus.quantize(Decimal("1e-12")),
                "effective_cost": cost.quantize(Decimal("1e-12")),
            }
            for (resource_id, start, end), (gpus, cost) in sorted(windows.items())
        ]


def write_truth(path: Path, windows: list[dict[str, object]]) -> None:
    """Write the truth of idle GPUs."""
    pq.write_table(pa.Table.from_pylist(windows, schema=IDLE_SCHEMA), path)


def write_policy(folder: Path, company: Company, owner: str, approver: str) -> None:
    """Write when a GPU idles."""
    write_rows(
        folder / "gpu_idle.csv",
        ["rule_id", "precedence", "cluster", "resource_regex", "utilisation_below", "requests_below", "minimum_hours",
         "alert_above", "rationale", "owner", "approved_by", "valid_from", "valid_to"],
        [["idle-gpus", "10", "", "", str(Decimal(IDLE_BELOW) / 100), "", str(IDLE_HOURS), "60",
          "A machine with GPUs costs as much when they wait.", owner, approver, company.since.isoformat(),
          OPEN_END.isoformat()]],
    )  # fmt: skip


def _runs(hours: list[GpuSample]) -> Iterator[list[GpuSample]]:
    """Return the samples of hours that follow each other."""
    run: list[GpuSample] = []
    for sample in hours:
        if run and sample.start != run[-1].start + HOUR:
            yield run
            run = []
        run.append(sample)
    if run:
        yield run
