"""The AI gateway's policy and budgets: published and evaluated every few minutes, beside the runs of periods."""

import dagster as dg

from orchestration.runs import steps
from orchestration.runs.workspace import Workspace

GATEWAY_JOB = "watch_ai_gateway"


def gateway_job(workspace: Workspace) -> dg.JobDefinition:
    """Return the job that publishes policy to the gateway, evaluates budgets, and tells owners what is due."""

    @dg.op(description="Hands the gateway what it needs of the policy.")
    def publish_policy(context: dg.OpExecutionContext) -> None:
        rules = steps.publish_gateway_step(workspace)
        context.log.info(f"published {len(rules.budgets)} budgets and {len(rules.limits)} limits")

    @dg.op(description="Evaluates budgets, and tells owners what is due, once each.", ins={"after": dg.In(dg.Nothing)})
    def check_budgets(context: dg.OpExecutionContext) -> None:
        checked = steps.check_gateway_step(workspace, context.log.info)
        for standing in checked.standings:
            context.log.info(f"budget {standing.budget.budget_id}: {standing.percent} % used")
        for decision in checked.decisions:
            context.log.warning(f"{decision.action}: {decision.kind} {decision.value} by {decision.limit_id}")

    @dg.job(name=GATEWAY_JOB, description="Publishes policy to the AI gateway, and tells owners of budgets and limits.")
    def watch_ai_gateway() -> None:
        check_budgets(after=publish_policy())

    return watch_ai_gateway


def gateway_schedule(workspace: Workspace, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """Return the schedule of that job; it does nothing for an estate without a gateway."""

    @dg.schedule(
        name="ai_gateway",
        job=job,
        cron_schedule="*/5 * * * *",
        execution_timezone="UTC",
        description="Every five minutes, if ai_gateway.csv has a row in force.",
    )
    def ai_gateway(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        day = context.scheduled_execution_time.date()
        if not steps.has_gateway(workspace, day):
            return dg.SkipReason("ai_gateway.csv has no row in force.")
        return dg.RunRequest(run_key=None)

    return ai_gateway
