"""The effect of a policy change: both policies decide over the same charges, and only what differs is split again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

from orchestration.policy import Policy
from orchestration.preview.model import Accuracy, Effect, Move, PolicyChange, Preview
from orchestration.preview.scratch import ACCURACY, CHARGES, DAYS, DOMAINS, LEDGER, OWNERS, SPLITS, Scratch
from orchestration.publishing import current_publication
from orchestration.runs.workspace import Workspace

BEFORE = "before"
AFTER = "after"
METRICS = ("billed_cost", "effective_cost", "list_cost", "contracted_cost")
MAX_DIGITS = 90


def policy_changes(before: Policy, after: Policy) -> tuple[PolicyChange, ...]:
    """Return the rows that only one of two policies has, by file; the order of rows does not count."""
    found: list[PolicyChange] = []
    for table in before.cells:
        old, new = (
            [
                tuple(sorted((name, text) for name, text in row.items() if text is not None))
                for row in policy.cells[table]
            ]
            for policy in (before, after)
        )
        found += [PolicyChange(table, "removed", dict(row)) for row in _minus(old, new)]
        found += [PolicyChange(table, "added", dict(row)) for row in _minus(new, old)]
    return tuple(found)


def _minus(
    rows: Iterable[tuple[tuple[str, str], ...]], others: Iterable[tuple[tuple[str, str], ...]]
) -> list[tuple[tuple[str, str], ...]]:
    known = set(others)
    return [row for row in rows if row not in known]


def preview_policy(
    workspace: Workspace,
    billing_period: str,
    before: Policy,
    after: Policy,
    *,
    announce: Callable[[str], None] = lambda message: None,
) -> Preview:
    """Return what changes in a period when ``after`` takes the place of ``before``.

    Nothing is written but a copy of the warehouse, which is removed again. Identities and days that both policies
    decide in the same way keep their published lines; the charges of the others are split under both, by the models.

    Args:
        workspace: home and estate.
        billing_period: a period that was run.
        before: the policy in force.
        after: the changed one.
        announce: told each step.

    Raises:
        ConfigurationError: the home has no warehouse of this period, or another version of the project built it.
    """
    workspace.home.reports.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".preview-", dir=workspace.home.reports) as folder:
        announce("Copying the warehouse")
        with Scratch(workspace.home, Path(folder) / "scratch", billing_period) as scratch:
            return _Comparison(scratch, before, after, _is_published(workspace, billing_period, before), announce).run(
                workspace.estate.reporting_currency
            )


def _is_published(workspace: Workspace, billing_period: str, policy: Policy) -> bool:
    """Return whether the period's ledger in the warehouse was made under ``policy``."""
    publication = current_publication(workspace.home, billing_period)
    return publication is not None and publication.manifest()["inputs"]["policy_revision"] == policy.revision


class _Comparison:
    def __init__(
        self, scratch: Scratch, before: Policy, after: Policy, ledger_stands: bool, announce: Callable[[str], None]
    ) -> None:
        self._scratch = scratch
        self._sql = scratch.connection.execute
        self._policies = {BEFORE: before, AFTER: after}
        self._changed_tables = {change.table for change in policy_changes(before, after)}
        self._ledger_stands = ledger_stands
        self._announce = announce

    def run(self, currency: str) -> Preview:
        scratch = self._scratch
        stands = scratch.is_decided_under(self._policies[BEFORE])
        decided = [] if stands else [*scratch.facts_of_the_period, *scratch.decisions]
        for side, policy in self._policies.items():
            self._announce(f"Deciding under the policy {'in force' if side == BEFORE else 'that is proposed'}")
            self._sql(f"create schema {side}")
            scratch.put_policy(policy)
            # what the change does not touch is decided as before
            scratch.run(decided if side == BEFORE else scratch.decisions_touched_by(self._changed_tables))
            for name in [*scratch.inputs_of_splits, DOMAINS, "int_reporting_rates"]:
                self._sql(f"create table {side}.{name} as select * from {scratch.relation(name)}")
        self._announce("Splitting what changes")
        self._find_changed()
        self._split_changed()
        self._check_conservation()
        self._announce("Measuring accuracy")
        self._measure(AFTER)
        scratch.put_policy(self._policies[BEFORE])
        self._measure(BEFORE)
        self._describe()
        return self._preview(currency)

    def _splits_of(self, side: str) -> str:
        """Return the model of the splits, over the decisions of a side."""
        sql = self._scratch.compiled(SPLITS)
        for name in self._scratch.inputs_of_splits:
            sql = sql.replace(self._scratch.relation(name), f'"tieout"."{side}"."{name}"')
        return sql

    def _find_changed(self) -> None:
        """Fill ``changed`` with the identities that the two policies decide differently on any of their days.

        One charge stands for all of an identity's on a day, or in an hour where either policy divides it by the hour:
        the same decision is made for each of them, whatever they cost.
        """
        charges = self._scratch.relation(CHARGES)
        hourly = " union ".join(
            f"select identity_id from {side}.{OWNERS} where driver_window = 'charge_hour'" for side in self._policies
        )
        no_money = ", ".join(f"0::decimal(38, 12) as {metric}" for metric in METRICS)
        self._sql(
            f"""
            create table one_of_each as
            with hourly as ({hourly})
            select source_id, billing_period, identity_id, charge_date, 0 as charge_hour,
                max(last_charge_id) as charge_id, null::varchar as billing_currency, {no_money}
            from {self._scratch.relation(DAYS)}
            where billing_period = '{self._scratch.billing_period}' and identity_id not in (from hourly)
            group by source_id, billing_period, identity_id, charge_date
            union all
            select source_id, billing_period, identity_id, charge_date, charge_hour,
                max(charge_id) as charge_id, null::varchar as billing_currency, {no_money}
            from {charges}
            where identity_id in (from hourly)
            group by source_id, billing_period, identity_id, charge_date, charge_hour
            """
        )
        for side in self._policies:
            splits = self._splits_of(side).replace(charges, '"tieout"."main"."one_of_each"')
            self._sql(
                f"create table {side}.decided as select charge_id, any_value(identity_id) as identity_id, "
                "sum(hash(domain_id, pool_id, pool_version, rule_id, rule_version, attribution_method, "
                "allocation_method, reason, share_from, share_to)::hugeint) as decision "
                f"from ({splits}) as splits group by charge_id"
            )
        self._sql(
            f"create table changed as select distinct decided.identity_id from {BEFORE}.decided as decided"
            f" join {AFTER}.decided as other using (charge_id) where decided.decision <> other.decision"
            if self._ledger_stands
            else f"create table changed as select distinct identity_id from {BEFORE}.decided"
        )

    def _split_changed(self) -> None:
        """Make each side's ledger of the changed identities, and its ledger of the whole period."""
        scratch = self._scratch
        scratch.replace(
            CHARGES,
            "view",
            f"select * from ({scratch.compiled(CHARGES)}\n) as charges"
            " where identity_id in (select identity_id from tieout.main.changed)",
        )
        self._sql(
            f"create table standing_lines as select * from {scratch.relation(LEDGER)}"
            f" where billing_period = '{scratch.billing_period}'"
            " and identity_id not in (select identity_id from changed)"
        )
        ledger = scratch.compiled(LEDGER)
        for side in self._policies:
            self._sql(f"create view {side}.splits as {self._splits_of(side)}")
            lines = ledger.replace(scratch.relation(SPLITS), f'"tieout"."{side}"."splits"')
            self._sql(f"create table {side}.changed_lines as {lines}")
            self._sql(
                f"create view {side}.ledger as select * from {side}.changed_lines"
                " union all by name select * from main.standing_lines"
            )

    def _check_conservation(self) -> None:
        """Both policies must divide the same money, to the last digit."""
        sums = ", ".join(f"sum({metric})" for metric in METRICS)
        before, after = (
            self._sql(
                f"select billing_currency, {sums} from {side}.changed_lines group by billing_currency order by 1"
            ).fetchall()
            for side in self._policies
        )
        if before != after:
            raise ArithmeticError(f"the preview lost or made cost: before {before}, after {after}")

    def _measure(self, side: str) -> None:
        """Make the accuracy index of a side, whose policy the models must be reading."""
        scratch = self._scratch
        for name in (DOMAINS, "int_reporting_rates"):
            scratch.replace(name, "table", f"select * from {side}.{name}")
        scratch.replace(LEDGER, "view", f"select * from tieout.{side}.ledger")
        scratch.run(scratch.results)
        self._sql(
            f"create table {side}.accuracy as select variant, allocation_accuracy, grade"
            f" from {scratch.relation(ACCURACY)} where node_level = 'estate'"
        )

    def _describe(self) -> None:
        """Fill ``parts``: the changed lines of both sides, with the words that tell why they differ."""
        for side in self._policies:
            self._sql(
                f"create view {side}.named as select lines.*,"
                " coalesce(domains.cost_centre, lines.domain_id) as cost_centre,"
                " rates.rate"
                f" from {side}.ledger as lines"
                f" left join {side}.{DOMAINS} as domains on lines.domain_id = domains.domain_id"
                " and lines.charge_date >= domains.applies_from and lines.charge_date < domains.applies_to"
                f" left join {BEFORE}.int_reporting_rates as rates on lines.billing_period = rates.billing_period"
                " and lines.billing_currency = rates.from_currency"
            )
            self._sql(
                f"create table {side}.claims as select identity_id, charge_date, any_value(rule_id) as rule_id,"
                " any_value(rule_version) as rule_version, any_value(pool_id) as pool_id,"
                " any_value(pool_version) as pool_version, any_value(attribution_method) as attribution_method,"
                " case when count(distinct domain_id) = 1 then any_value(domain_id) end as domain_id"
                f" from {side}.changed_lines group by identity_id, charge_date"
            )
        self._sql(
            f"""
            create table reasons as
            select identity_id, charge_date,
                coalesce(a.pool_id, b.pool_id) as pool_id,
                b.rule_id || ' v' || b.rule_version as rule_before,
                a.rule_id || ' v' || a.rule_version as rule_after,
                case
                    when (a.rule_id, a.rule_version) is distinct from (b.rule_id, b.rule_version)
                        then 'claimed by ' || coalesce('rule ' || a.rule_id || ' v' || a.rule_version, 'no rule')
                            || ' instead of ' || coalesce('rule ' || b.rule_id || ' v' || b.rule_version, 'no rule')
                    when (a.pool_id, a.pool_version) is distinct from (b.pool_id, b.pool_version)
                        then 'divided as pool '
                            || coalesce(a.pool_id || ' v' || a.pool_version, 'of no version in force')
                            || ' instead of ' || coalesce(b.pool_id || ' v' || b.pool_version, 'no version in force')
                    when a.pool_id is not null
                        then 'pool ' || a.pool_id
                            || ' is divided differently: its targets, its driver, or the cost they have'
                    else 'rule ' || coalesce(a.rule_id, 'none') || ' finds another owner'
                end as reason
            from {BEFORE}.claims as b full join {AFTER}.claims as a using (identity_id, charge_date)
            """
        )

    def _effects(self, name: str, condition: str = "true") -> tuple[Effect, ...]:
        rows = self._sql(
            f"""
            with sides as (
                select {name} as name, billing_currency, rate, effective_cost as before, 0 as after
                from {BEFORE}.named where rate is not null and {condition}
                union all
                select {name}, billing_currency, rate, 0, effective_cost
                from {AFTER}.named where rate is not null and {condition}
            )
            select name, rate, sum(before), sum(after) from sides group by name, billing_currency, rate order by name
            """
        ).fetchall()
        return tuple(Effect(str(name), *amounts) for (name,), amounts in _converted(rows, 1).items())

    def _moves(self) -> tuple[Move, ...]:
        rows = self._sql(
            f"""
            with sides as (
                select cost_centre, identity_id, charge_date, billing_currency, rate,
                    effective_cost as before, 0 as after
                from {BEFORE}.named where rate is not null and identity_id in (select identity_id from changed)
                union all
                select cost_centre, identity_id, charge_date, billing_currency, rate, 0, effective_cost
                from {AFTER}.named where rate is not null and identity_id in (select identity_id from changed)
            )
            select cost_centre, pool_id, rule_before, rule_after, reason, rate, sum(before), sum(after),
                count(distinct (identity_id, charge_date))
            from sides join reasons using (identity_id, charge_date)
            group by cost_centre, pool_id, rule_before, rule_after, reason, billing_currency, rate
            order by cost_centre, pool_id, reason
            """
        ).fetchall()
        days: dict[tuple[str | None, ...], int] = {}
        for row in rows:
            days[row[:5]] = days.get(row[:5], 0) + row[8]
        moves = [
            Move(key[0], key[1], key[2], key[3], key[4], amounts[0], amounts[1], days[key])
            for key, amounts in _converted([row[:8] for row in rows], 5).items()
            if amounts[0] != amounts[1]
        ]
        return tuple(sorted(moves, key=lambda move: (-abs(move.moved), move.cost_centre, move.reason)))

    def _preview(self, currency: str) -> Preview:
        cost_centres = self._effects("cost_centre")
        accuracy = self._sql(
            f"select variant, b.allocation_accuracy, a.allocation_accuracy, b.grade, a.grade"
            f" from {BEFORE}.accuracy as b full join {AFTER}.accuracy as a using (variant)"
            " order by list_position(['direct', 'rules', 'shared'], variant)"
        ).fetchall()
        unconverted = self._sql(
            f"select billing_currency, sum(effective_cost) from {BEFORE}.named where rate is null group by 1 order by 1"
        ).fetchall()
        return Preview(
            billing_period=self._scratch.billing_period,
            currency=currency,
            revision_before=self._policies[BEFORE].revision,
            revision_after=self._policies[AFTER].revision,
            total=sum((effect.before for effect in cost_centres), Decimal(0)),
            cost_centres=cost_centres,
            pools=self._effects("pool_id", "pool_id is not null"),
            rules=self._effects("rule_id", "rule_id is not null"),
            moves=self._moves(),
            accuracy=tuple(Accuracy(*row) for row in accuracy),
            unconverted={str(currency): amount for currency, amount in unconverted},
        )


def _converted(rows: Iterable[tuple[Any, ...]], keys: int) -> dict[tuple[Any, ...], tuple[Decimal, Decimal]]:
    """Return key → amounts before and after in the reporting currency, without rounding.

    Args:
        rows: a key of so many cells, the rate of a currency, and the two amounts in that currency.
        keys: how many cells.
    """
    exact = Context(prec=MAX_DIGITS)
    sums: dict[tuple[Any, ...], tuple[Decimal, Decimal]] = {}
    for row in rows:
        key, (rate, before, after) = row[:keys], row[keys:]
        old = sums.get(key, (Decimal(0), Decimal(0)))
        sums[key] = (
            exact.add(old[0], exact.multiply(Decimal(before), rate)),
            exact.add(old[1], exact.multiply(Decimal(after), rate)),
        )
    return sums
