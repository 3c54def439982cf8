"""How each resource can be found: by tag, CMDB, account, name, ring fence, or not at all.

A resource is made together with its owner and with the one kind of evidence that leads to it. The evidence is then
planted: tags on the resource, a row for the CMDB, a name after the convention, an account that belongs to somebody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from orchestration.sample.accounts import Account, Accounts
from orchestration.sample.chance import pick
from orchestration.sample.company import (
    ENVIRONMENTS,
    NOBODY,
    UNKNOWN_TAG,
    Company,
    Outcome,
    Ownership,
    always,
)

UNTAGGED_TARGET = 0.275
_TAGGED = {"product": 0.62, "cost_centre": 0.21, "both": 0.11, "unknown": 0.025, "retired": 0.015, "override": 0.02}
_UNTAGGED = {"cmdb": 0.34, "account": 0.28, "naming": 0.24, "unowned": 0.10, "ring_fence": 0.04}

# refunds and credits fall on the first dedicated accounts, which must not be empty
_AT_LEAST = {"account": 3}

COST_CENTRE_KEYS = ("CostCenter", "cost-centre", "cc", "COSTCENTER", "Cost_Center", "costcenter")
PRODUCT_KEYS = ("Product", "product", "app", "Application")
ENVIRONMENT_KEYS = ("Environment", "env", "Stage", "ENV")
ENVIRONMENT_VALUES = {
    "prod": ("prod", "Production", "PROD", "prd"),
    "staging": ("staging", "stg", "Staging", "stage"),
    "dev": ("dev", "development", "DEV"),
}
UNKNOWN_VALUES = ("CC-9999", "tbd", "CC-0000", "unknown", "ask-tomas")
RETIRED_VALUE = "CC-0990"
RETIRED_TO = "CC-1020"


@dataclass(frozen=True)
class Item:
    """Something that will cost about ``expected`` (10^-10 of the currency) a month; ``nameable`` = has a free name."""

    expected: int
    nameable: bool


@dataclass
class Placement:
    """Where an item lives, how it is tagged and named, who owns it, and whether it lives as long as the estate."""

    kind: str
    account: Account
    tags: dict[str, str]
    ownership: Ownership
    product: str
    environment: str
    permanent: bool
    name_prefix: str | None = None

    @property
    def needs_cmdb(self) -> bool:
        """Whether the CMDB must know the resource."""
        return self.kind == "cmdb"


@dataclass
class Evidence:
    """What the policy files must hold for the planted evidence to lead to its owner.

    ``cmdb``: resource id, name, owner. ``rules``: rule id, kind, rationale, what it matches and where it leads.
    ``overrides``: resource id, domain, account, first day, first day after.
    """

    cmdb: list[tuple[str, str, Ownership]] = field(default_factory=list)
    rules: list[tuple[str, str, str, dict[str, str]]] = field(default_factory=list)
    overrides: list[tuple[str, str, str, date, date]] = field(default_factory=list)


def _quota(items: list[Item], untagged_elsewhere: int) -> dict[str, float]:
    total = float(sum(item.expected for item in items))
    share = (UNTAGGED_TARGET * (total + untagged_elsewhere) - untagged_elsewhere) / total
    share = min(max(share, 0.08), 0.4)
    quota = {kind: total * share * weight for kind, weight in _UNTAGGED.items()}
    quota.update({kind: total * (1 - share) * weight for kind, weight in _TAGGED.items()})
    return quota


def _kinds(items: list[Item], quota: dict[str, float]) -> list[str]:
    """Return a kind per item such that each kind gets its share of the money, largest items and needs first."""
    need = dict(quota)
    chosen = [""] * len(items)
    for index in sorted(range(len(items)), key=lambda position: (-items[position].expected, position)):
        item = items[index]
        kinds = [kind for kind in need if item.nameable or kind != "naming"]
        kind = max(kinds, key=lambda name: need[name])
        chosen[index] = kind
        need[kind] -= item.expected
    # every kind exists in every estate, however small: the cheapest items of the most frequent kinds stand in
    ascending = sorted(range(len(items)), key=lambda position: (items[position].expected, position))
    for kind in quota:
        for index in ascending:
            if chosen.count(kind) >= _AT_LEAST.get(kind, 1):
                break
            spare = chosen.count(chosen[index]) > _AT_LEAST.get(chosen[index], 1) + 1
            if spare and (items[index].nameable or kind != "naming"):
                chosen[index] = kind
    return chosen


def place(
    items: list[Item],
    provider: str,
    company: Company,
    accounts: Accounts,
    rng: np.random.Generator,
    *,
    untagged_elsewhere: int,
    lower_case: bool = False,
) -> list[Placement]:
    """Give every item an owner and the evidence that leads there.

    Args:
        items: what there is to place.
        provider: whose accounts are used.
        company: the owners.
        accounts: the accounts.
        rng: the chance.
        untagged_elsewhere: expected monthly cost without tags besides the items (taxes, support, shared services),
            so that the untagged share of the whole comes out at ``UNTAGGED_TARGET``.
        lower_case: tag keys and values may only be lower case (Google labels).

    """
    quota = _quota(items, untagged_elsewhere)
    ring_fenced = accounts.of(provider, "ring-fenced")
    if not ring_fenced:
        quota["cmdb"] += quota.pop("ring_fence")
    products = list(company.products)
    weights = [1.0 / (1.0 + 0.08 * position) for position in range(len(products))]
    dedicated = accounts.of(provider, "dedicated")
    sandbox = accounts.one(provider, "sandbox")
    mixed = {
        (account.business_unit, account.name.endswith("-nonprod")): account
        for account in accounts.of(provider, "mixed")
    }
    kinds = _kinds(items, quota)
    largest_first = sorted(range(len(items)), key=lambda position: (-items[position].expected, position))
    turns = {index: turn for turn, index in enumerate(index for index in largest_first if kinds[index] == "account")}
    average = sum(item.expected for item in items) // len(items)
    placements = []
    for index, kind in enumerate(kinds):
        product = pick(rng, products, weights)
        environment = pick(rng, ENVIRONMENTS, (0.66, 0.2, 0.14))
        centre = company.products[product][0][1]
        account = mixed[(company.business_unit(product), environment != "prod")]
        tags: dict[str, str] = {}
        prefix = None
        ownership: Ownership
        if kind in {"product", "both", "override"}:
            tags = product_tags(product, environment, rng)
            if kind == "both":
                tags[pick(rng, COST_CENTRE_KEYS)] = drifted(company.products[product][-1][1], rng)
            ownership = company.owned(product, environment, "tag")
        elif kind == "cost_centre":
            tags = {pick(rng, COST_CENTRE_KEYS, (6, 2, 1, 1, 1, 2)): drifted(centre, rng)}
            ownership = always(Outcome(company.general(centre), None, "tag"))
        elif kind == "unknown":
            account = sandbox
            tags = {pick(rng, COST_CENTRE_KEYS): pick(rng, UNKNOWN_VALUES)}
            ownership = always(UNKNOWN_TAG)
        elif kind == "retired":
            account = sandbox
            tags = {"CostCenter": RETIRED_VALUE}
            retired = Outcome(company.general(RETIRED_TO), None, "tag")
            ownership = ((date.min, retired), (company.calendar.change, UNKNOWN_TAG))
        elif kind == "cmdb":
            ownership = company.owned(product, environment, "cmdb")
        elif kind == "naming":
            prefix = f"{product}-{environment}-"
            ownership = company.owned(product, environment, "naming")
        elif kind == "account":
            account = dedicated[turns[index] % len(dedicated)]
            if account.ownership is None:
                raise AssertionError(f"{account.name} is dedicated to nobody")
            ownership = account.ownership
        elif kind == "ring_fence":
            account = ring_fenced[0]
            if account.ownership is None:
                raise AssertionError(f"{account.name} is ring-fenced for nobody")
            ownership = account.ownership
        else:
            account = sandbox
            ownership = always(NOBODY)
        if lower_case:
            tags = {key.lower(): value.lower() for key, value in tags.items()}
        steady = kind in {"override", "retired", "account"} or items[index].expected > average
        placements.append(Placement(kind, account, tags, ownership, product, environment, steady, prefix))
    return placements


def override_window(company: Company) -> tuple[date, date]:
    """Return the dated override's validity: the 10th of the first month to the 20th of the last, exclusive."""
    months = company.calendar.months
    return months[0].day(10), months[-1].day(20)


def overridden(placement: Placement, company: Company, resource_id: str, evidence: Evidence) -> Ownership:
    """Return the ownership of a placed resource, once a dated override (only kind ``override``) lies over it."""
    if placement.kind != "override":
        return placement.ownership
    since, until = override_window(company)
    centre = company.products[placement.product][0][1]
    target = company.general("CC-6010" if centre != "CC-6010" else "CC-6020")
    evidence.overrides.append((resource_id, target, placement.account.account_id, since, until))
    inside = [(day, outcome) for day, outcome in placement.ownership if day >= until or day < since]
    at_end = [outcome for day, outcome in placement.ownership if day <= until][-1]
    before = [(day, outcome) for day, outcome in inside if day < since]
    after = [(day, outcome) for day, outcome in inside if day > until]
    return (*before, (since, Outcome(target, None, "override")), (until, at_end), *after)


def product_tags(product: str, environment: str, rng: np.random.Generator) -> dict[str, str]:
    """Tags of a product's environment, as people write them."""
    value = pick(rng, (product, product.capitalize(), product.upper(), f"{product} "), (8, 2, 1, 0.5))
    return {
        pick(rng, PRODUCT_KEYS, (5, 3, 2, 1)): value,
        pick(rng, ENVIRONMENT_KEYS, (5, 3, 1, 1)): pick(rng, ENVIRONMENT_VALUES[environment]),
    }


def drifted(cost_centre: str, rng: np.random.Generator) -> str:
    """Return a cost centre's number, as people write it."""
    number = cost_centre[3:]
    return pick(rng, (cost_centre, cost_centre.lower(), f"CC{number}", number, f" {cost_centre}"), (8, 3, 2, 1, 0.5))


def lifetime(rng: np.random.Generator, first: date, last: date) -> tuple[date, date]:
    """First and last day of a thing's life within the estate: most live throughout."""
    span = (last - first).days
    draw = float(rng.random())
    if draw < 0.06:
        return first + timedelta(days=int(rng.integers(1, max(span, 2)))), last
    if draw < 0.12:
        return first, first + timedelta(days=int(rng.integers(0, max(span - 1, 1))))
    return first, last
