"""Which billing periods exist, and which of them would be published differently now."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from orchestration.errors import ConfigurationError, TieoutError
from orchestration.estate import Source
from orchestration.home import Home
from orchestration.landing import LateDelivery, Receipt, in_force, land_source
from orchestration.landing.contracts import CONTRACTS
from orchestration.landing.declared import declared_tables
from orchestration.landing.invoices import INVOICES
from orchestration.periods import months_around
from orchestration.policy import load_policy
from orchestration.publishing import ClosedPeriod, Publication, closed_periods, current_publication, refuse_closed
from orchestration.runs.workspace import Workspace
from orchestration.versions import code_version


@dataclass(frozen=True)
class Versions:
    """What a published figure depends on besides the period's own deliveries and invoices.

    Attributes:
        policy_revision: identity of the policy files.
        code_version: identity of the code.
        reporting_currency: ISO 4217 code.
        months_back: how many months before a period the policy's drivers look at.
    """

    policy_revision: str
    code_version: str
    reporting_currency: str
    months_back: int = 0


@dataclass(frozen=True)
class PeriodPlan:
    """A billing period with deliveries of money.

    Attributes:
        billing_period: ``YYYY-MM``.
        receipts: of the deliveries in force.
        fingerprint: identity of everything the period's figures depend on.
        publication: what readers see now, if anything.
        refusals: deliveries that the period lacks; it is not published until they can be used.
        closed: what it was closed with; None while it is open.
        late: what has come in since it was closed, in words.
    """

    billing_period: str
    receipts: tuple[Receipt, ...]
    fingerprint: str
    publication: Publication | None
    refusals: tuple[TieoutError, ...] = ()
    closed: ClosedPeriod | None = None
    late: tuple[str, ...] = ()

    @property
    def is_stale(self) -> bool:
        """Whether it was never published, or from other inputs; a closed period never is."""
        if self.closed is not None:
            return False
        return self.publication is None or self.publication.manifest()["fingerprint"] != self.fingerprint


@dataclass(frozen=True)
class Plan:
    """Every period of an estate, oldest first, and every refusal that was met.

    Attributes:
        periods: with deliveries of money in force.
        refusals: deliveries, invoices and contracts that cannot be used.
        waiting: months whose data has no manifest yet, in words.
    """

    periods: tuple[PeriodPlan, ...]
    refusals: tuple[TieoutError, ...] = ()
    waiting: tuple[str, ...] = ()

    def period(self, billing_period: str) -> PeriodPlan:
        """Return the plan of one period.

        Raises:
            ConfigurationError: no source has a delivery of money for it.
        """
        for period in self.periods:
            if period.billing_period == billing_period:
                return period
        known = ", ".join(period.billing_period for period in self.periods) or "none"
        raise ConfigurationError(
            f"--period {billing_period}",
            found="no delivery for that billing period",
            expected=f"one of the periods delivered: {known}",
            cure="Check the period, and the sources' locations in the estate file.",
        )


def versions_of(workspace: Workspace) -> Versions:
    """Return the versions a run of this workspace publishes under.

    Raises:
        PolicyRefused: the policy files are not valid.
    """
    policy = load_policy(workspace.estate.policy)
    return Versions(policy.revision, code_version(), workspace.estate.reporting_currency, policy.months_back)


def land_and_plan(
    workspace: Workspace,
    *,
    billing_period: str | None = None,
    announce: Callable[[str], None] = lambda message: None,
) -> Plan:
    """Land what is new, of one period or of all, and compare each period with its last publication.

    Args:
        workspace: home and estate.
        billing_period: land only what the figures of this month are made of; None for everything.
        announce: told what is being landed.

    Raises:
        PolicyRefused: the policy files are not valid. A delivery that cannot be used is reported in the plan instead.
        ConfigurationError: the period asked for is closed.
    """
    if billing_period is not None:
        refuse_closed(workspace.home, billing_period)
    versions = versions_of(workspace)
    closed = deliveries_of_closed_periods(workspace.home)
    refusals: list[TieoutError] = []
    waiting: list[str] = []
    late: list[LateDelivery] = []
    for source in workspace.estate.sources:
        announce(f"Landing {source.id}")
        wanted = months_to_land(source, billing_period, versions.months_back) if billing_period else None
        landed = land_source(source, workspace.home, billing_periods=wanted, closed_periods=closed, progress=announce)
        refusals.extend(landed.refusals)
        waiting.extend(landed.waiting)
        late.extend(landed.late)
    refusals.extend(INVOICES.land(workspace.estate, workspace.home).refusals)
    refusals.extend(CONTRACTS.land(workspace.estate, workspace.home).refusals)
    return _plan(workspace, versions, refusals, waiting, late)


def plan(workspace: Workspace) -> Plan:
    """Compare each period that is landed with its last publication, without looking for anything new.

    Raises:
        PolicyRefused: the policy files are not valid.
    """
    return _plan(workspace, versions_of(workspace), [], [], [])


def deliveries_of_closed_periods(home: Home) -> dict[str, tuple[str, ...]]:
    """Return each closed period with the deliveries that its figures were made of."""
    return {period: record.delivery_ids for period, record in closed_periods(home).items()}


def concerns(refusal: TieoutError, billing_period: str, months_back: int = 0) -> bool:
    """Whether a period must not be published because of a refusal.

    It is of the period, or of a month its drivers look at: what stood there before would be measured without a word; or
    nobody can tell of which it is.
    """
    refused = getattr(refusal, "billing_period", None)
    return refused is None or looks_at(billing_period, refused, months_back)


def looks_at(billing_period: str, other_period: str, months_back: int) -> bool:
    """Whether the drivers of a period look at another: itself, or one of the months before it."""
    return other_period in months_around(billing_period, before=months_back)


def months_to_land(source: Source, billing_period: str, months_back: int = 0) -> list[str]:
    """Return the months of a source that a period's figures are made of.

    Bills are those of the month and of the months its drivers look at. Of usage, a month on either side belongs to
    them, too: providers begin and end a month in their own time zones, and charges of a day find that day's usage.
    """
    if declared_tables()[source.kind].money:
        return months_around(billing_period, before=months_back)
    return months_around(billing_period, before=max(months_back, 1), after=1)


def fingerprint(delivery_ids: Iterable[str], invoices: str, versions: Versions, contracts: str = "") -> str:
    """Return the identity of a period's inputs: SHA-256 over all of these, as 64 hex digits.

    Args:
        delivery_ids: the deliveries in force, in any order.
        invoices: identity of the period's invoices.
        versions: policy, code and reporting currency.
        contracts: identity of the contracts that the period can depend on; '' when there are none.
    """
    parts = [sorted(delivery_ids), invoices, asdict(versions), *([contracts] if contracts else [])]
    content = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _plan(
    workspace: Workspace,
    versions: Versions,
    refusals: list[TieoutError],
    waiting: list[str],
    late: list[LateDelivery],
) -> Plan:
    by_period: dict[str, list[Receipt]] = defaultdict(list)
    for receipt in in_force(workspace.home, workspace.estate):
        by_period[receipt.billing_period].append(receipt)
    invoices = INVOICES.land(workspace.estate, workspace.home).documents
    contracts = CONTRACTS.in_force(workspace.home, workspace.estate)
    closed = closed_periods(workspace.home)
    periods = []
    for billing_period, receipts in sorted(by_period.items()):
        if all(receipt.cost_column is None for receipt in receipts):
            continue  # usage alone is nobody's bill
        invoiced = INVOICES.revision(invoices, billing_period)
        publication = current_publication(workspace.home, billing_period)
        came_late = [str(delivery) for delivery in late if delivery.billing_period == billing_period]
        if billing_period in closed and publication and publication.manifest()["inputs"]["invoices"] != invoiced:
            came_late.append(f"invoices of {billing_period} differ from those it was closed with")
        contracted = CONTRACTS.revision(contracts, billing_period)
        if billing_period in closed and publication and publication.manifest()["inputs"]["contracts"] != contracted:
            came_late.append(f"contracts of {billing_period} differ from those it was closed with")
        periods.append(
            PeriodPlan(
                billing_period,
                tuple(receipts),
                fingerprint(
                    [
                        receipt.delivery_id
                        for period, others in by_period.items()
                        if looks_at(billing_period, period, versions.months_back)
                        for receipt in others
                    ],
                    invoiced,
                    versions,
                    contracted,
                ),
                publication,
                tuple(
                    refusal
                    for refusal in refusals
                    if billing_period not in closed and concerns(refusal, billing_period, versions.months_back)
                ),
                closed.get(billing_period),
                tuple(came_late),
            )
        )
    return Plan(tuple(periods), tuple(refusals), tuple(waiting))
