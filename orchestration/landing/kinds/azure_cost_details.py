"""Azure cost details: the datasets ActualCost and AmortizedCost of one scope and month, landed as one delivery.

Neither is a bill by itself: actual cost has what commitments cost when they are bought and nothing when they are used,
amortised cost the reverse. So a month needs both, and the newest run of each counts. Usage, the dataset of
pay-as-you-go accounts, has no purchases and no commitments: it is both at once, and stands where there is neither of
the two.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestration.errors import DeliveryRefused
from orchestration.landing.kinds.azure_export import Run, files_of, newest_runs
from orchestration.landing.kinds.base import Delivery, Discovery, Kind, ReadFile
from orchestration.landing.store import StoredFile

_PAIR = ("ActualCost", "AmortizedCost")
_ALONE = "Usage"


def discover(source_id: str, files: Mapping[str, StoredFile], read: ReadFile) -> Discovery:
    """Return, per scope and month, the runs submitted last of both datasets; exports of others are passed over."""
    found = Discovery()
    for (scope, period), runs in newest_runs(files, read, (*_PAIR, _ALONE), found).items():
        try:
            found.deliveries.append(_delivery(source_id, scope, period, runs))
        except DeliveryRefused as refusal:
            refusal.billing_period = period
            found.refusals.append(refusal)
    return found


def _delivery(source_id: str, scope: str, period: str, runs: Mapping[str, Run]) -> Delivery:
    wanted = _PAIR if runs.keys() & set(_PAIR) else (_ALONE,)
    for missing in (data_set for data_set in wanted if data_set not in runs):
        (given,) = (data_set for data_set in wanted if data_set in runs)
        raise DeliveryRefused(
            runs[given].path,
            found=f"{given} of {period} for {scope}, and no {missing}",
            expected="both: what was billed is in ActualCost, what it was worth in AmortizedCost",
            cure=f"Export {missing} of the same scope into this location, and run it for {period}.",
        )
    return Delivery(
        kind="azure_cost_details",
        source_id=source_id,
        billing_period=period,
        scope=scope,
        files=tuple(file for name in wanted for file in files_of(runs[name], _values(name, runs[name]))),
        delivered_at=max(runs[data_set].submitted_at for data_set in wanted),
        manifest=" and ".join(runs[data_set].path for data_set in wanted),
    )


def _values(data_set: str, run: Run) -> tuple[tuple[str, str], ...]:
    """Return what the manifest says about every row: the dataset, how long a row is, the period that was exported."""
    values = {
        "data_set": data_set,
        "granularity": str(run.manifest["exportConfig"].get("granularity") or "Daily"),
        "run_start": f"{run.start:%Y-%m-%d}",
    }
    if run.end is not None:
        values["run_end"] = f"{run.end:%Y-%m-%d}"
    return tuple(values.items())


KIND = Kind(name="azure_cost_details", discover=discover)
