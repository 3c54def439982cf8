"""Azure FOCUS exports of Cost Management: the dataset FocusCost, in any of its versions."""

from __future__ import annotations

from collections.abc import Mapping

from orchestration.errors import DeliveryRefused
from orchestration.landing.kinds.azure_export import files_of, newest_runs
from orchestration.landing.kinds.base import Delivery, Discovery, Kind, ReadFile
from orchestration.landing.store import StoredFile


def discover(source_id: str, files: Mapping[str, StoredFile], read: ReadFile) -> Discovery:
    """Return the run submitted last of each scope and month; exports of other datasets are passed over."""
    found = Discovery()
    for (scope, period), runs in newest_runs(files, read, ("FocusCost",), found).items():
        run = runs["FocusCost"]
        try:
            found.deliveries.append(
                Delivery(
                    kind="azure_focus",
                    source_id=source_id,
                    billing_period=period,
                    scope=scope,
                    files=files_of(run),
                    delivered_at=run.submitted_at,
                    manifest=run.path,
                )
            )
        except DeliveryRefused as refusal:
            refusal.billing_period = period
            found.refusals.append(refusal)
    return found


KIND = Kind(name="azure_focus", discover=discover)
