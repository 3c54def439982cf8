"""When runs start by themselves: daily for open periods, and whenever something new was delivered."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.errors import TieoutError
from orchestration.runs.automation import new_deliveries, open_periods, stale_periods
from orchestration.runs.planning import land_and_plan
from orchestration.runs.workspace import Workspace

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

LANDING_JOB = "land_new_deliveries"


def daily_schedule(workspace: Workspace, job: "UnresolvedAssetJobDefinition") -> dg.ScheduleDefinition:
    """Return the schedule that runs every open period each morning."""

    @dg.schedule(
        name="open_periods_daily",
        job=job,
        cron_schedule="0 6 * * *",
        execution_timezone="UTC",
        description="Runs every open period each morning at 6:00 UTC: estimates become final, late rows arrive.",
    )
    def open_periods_daily(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        day = context.scheduled_execution_time.date()
        for billing_period in open_periods(workspace, day):
            yield dg.RunRequest(run_key=f"{billing_period} {day}", partition_key=billing_period)

    return open_periods_daily


def landing_job(workspace: Workspace) -> dg.JobDefinition:
    """Return the job that lands whatever is new, of any period: reading a file may be what tells its period."""

    @dg.op(description="Lands every new delivery of every source.", required_resource_keys={"warehouse"})
    def land_everything(context: dg.OpExecutionContext) -> None:
        plan = land_and_plan(workspace, announce=context.log.info)
        for refusal in plan.refusals:
            context.log.error(str(refusal))
        if plan.refusals:
            raise plan.refusals[0]

    @dg.job(name=LANDING_JOB, description="Lands what is new, of any period; the sensor then runs those periods.")
    def land_new_deliveries() -> None:
        land_everything()

    return land_new_deliveries


def delivery_sensor(
    workspace: Workspace, landing: dg.JobDefinition, job: "UnresolvedAssetJobDefinition"
) -> dg.SensorDefinition:
    """Return the sensor that lands new deliveries and runs the periods whose inputs changed by them."""

    @dg.sensor(
        name="new_deliveries",
        jobs=[landing, job],
        minimum_interval_seconds=300,
        description="Polls listings and manifests: lands what is new, and runs each period whose inputs changed, once.",
    )
    def new_deliveries_sensor() -> Iterator[dg.RunRequest | dg.SkipReason]:
        try:
            delivered = new_deliveries(workspace)
            stale = stale_periods(workspace)
        except TieoutError as error:
            yield dg.SkipReason(str(error))
            return
        if delivered is not None:
            yield dg.RunRequest(run_key=delivered, job_name=landing.name)
        for billing_period, fingerprint in stale.items():
            yield dg.RunRequest(
                run_key=f"{billing_period} {fingerprint}", job_name=job.name, partition_key=billing_period
            )
        if delivered is None and not stale:
            yield dg.SkipReason("Nothing new was delivered.")

    return new_deliveries_sensor
