"""What GPUs did, as DCGM or an inference server reports it: CSV, Parquet or JSON lines. It carries no money.

Of each hour, the newest file of a name that holds it counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestration.errors import DeliveryRefused
from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.file_sets import log_file_sets
from orchestration.landing.moments import month_of

_MEASURES = ("utilisation", "utilisation_percent", "requests")
_SPELLINGS = {"utilization", "utilization_percent", "dcgm_fi_prof_gr_engine_active", "dcgm_fi_dev_gpu_util"}


def check_columns(path: str, names: Sequence[str]) -> None:
    """Refuse telemetry that does not say whether a GPU was busy: every hour would be unknown."""
    if not ({*_MEASURES} | _SPELLINGS) & {name.lower() for name in names}:
        raise DeliveryRefused(
            path,
            found=f"none of {', '.join(_MEASURES)} among its {len(names)} columns",
            expected="at least one of them, which says whether a GPU was busy",
            cure="Export DCGM_FI_DEV_GPU_UTIL as utilisation_percent, or the requests of the inference server.",
        )


KIND = Kind(
    name="gpu_telemetry",
    file_sets=log_file_sets,
    period_column="time",
    period_of=month_of,
    by_hour=True,
    newest_per_value=True,
    check_columns=check_columns,
)
