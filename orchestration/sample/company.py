"""The made-up company: its Finance tree, what changed in it, and who owns what.

Ownership is decided here, when a thing is made. It is written down as dated outcomes, never derived from the policy
files that the generator also writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from orchestration.sample.calendar import Calendar

NAME = "Halden Group"
OPEN_END = date(9999, 12, 31)
ENVIRONMENTS = ("prod", "staging", "dev")
GENERAL = "general"

_TREE: dict[str, dict[str, str]] = {
    "Retail": {
        "CC-1010": "shop basket search wishlist",
        "CC-1020": "catalogue pricing stock",
        "CC-1030": "loyalty vouchers",
        "CC-1040": "storefront kiosk",
        "CC-1050": "returns",
    },
    "Logistics": {
        "CC-2010": "routing fleet tracking",
        "CC-2020": "warehouse picking packing",
        "CC-2030": "customs freight",
        "CC-2040": "lockers",
    },
    "Payments": {
        "CC-3010": "checkout cardvault settlement",
        "CC-3020": "fraud disputes riskscore",
        "CC-3030": "ledger payouts",
        "CC-3040": "wallet instalments",
    },
    "Media": {
        "CC-4010": "streaming transcode player",
        "CC-4020": "adserver bidding campaigns",
        "CC-4030": "editorial imagery",
        "CC-4040": "newsletter",
    },
    "Insights": {
        "CC-5010": "forecast demand basketai",
        "CC-5020": "recommender ranking embeddings",
        "CC-5030": "reporting cubes",
        "CC-5040": "experiments",
    },
    "Corporate": {
        "CC-6010": "buildfarm devportal registry",
        "CC-6020": "identity directory secrets",
        "CC-6030": "intranet payroll travel",
        "CC-6040": "helpdesk assets",
    },
}
_PEOPLE = (
    "Astrid Berg", "Jonas Vik", "Mira Patel", "Tomas Lind", "Elena Rossi", "Noor Haddad", "Peter Klein", "Ines Duarte",
    "Kofi Mensah", "Yuki Tanaka", "Sara Holm", "Liam Byrne",
)  # fmt: skip
REORGANISED_PRODUCT = "loyalty"
REORGANISED_TO = "CC-4020"
NEW_OWNER_PRODUCT = "checkout"


class Outcome(NamedTuple):
    """Who owns a charge: exactly one of domain or pool, how it is known, and why not when nobody owns it."""

    domain_id: str | None
    pool_id: str | None
    method: str
    reason: str | None = None


UNALLOCATED = "unallocated"
NOBODY = Outcome(UNALLOCATED, None, "none", "no_rule_matched")
UNKNOWN_TAG = Outcome(UNALLOCATED, None, "none", "unknown_tag_value")

Ownership = tuple[tuple[date, Outcome], ...]
"""Outcomes with the first charge date each is in force, in date order; the first one is in force since ever."""


def pooled(pool_id: str, method: str = "default") -> Ownership:
    """Return the thing belongs to a pool."""
    return ((date.min, Outcome(None, pool_id, method)),)


def always(outcome: Outcome) -> Ownership:
    """Return the same outcome at any date."""
    return ((date.min, outcome),)


@dataclass(frozen=True)
class Domain:
    """A leaf of the Finance tree in one period of validity (``valid_to`` exclusive)."""

    domain_id: str
    business_unit: str
    cost_centre: str
    product: str
    environment: str
    owner: str
    approver: str
    gl_account: str
    legal_entity: str
    chargeback_mode: str
    valid_from: date
    valid_to: date = OPEN_END


@dataclass
class Company:
    """The Finance tree and its history."""

    calendar: Calendar
    domains: list[Domain] = field(default_factory=list)
    cost_centres: dict[str, str] = field(default_factory=dict)
    products: dict[str, tuple[tuple[date, str], ...]] = field(default_factory=dict)

    @property
    def since(self) -> date:
        """When the company began: before any charge."""
        first = self.calendar.months[0].first
        return date(first.year - 2, 1, 1)

    def general(self, cost_centre: str) -> str:
        """Return the domain of a cost centre's own costs."""
        return f"{cost_centre.lower()}.{GENERAL}"

    def domain(self, cost_centre: str, product: str, environment: str) -> str:
        """Return the domain of a product's environment under a cost centre."""
        return f"{cost_centre.lower()}.{product}.{environment}"

    def domain_history(self, product: str, environment: str) -> tuple[tuple[date, str], ...]:
        """Return the domains a product's environment belonged to, with the first day of each."""
        return tuple((since, self.domain(centre, product, environment)) for since, centre in self.products[product])

    def owned(self, product: str, environment: str, method: str) -> Ownership:
        """Return the ownership of a thing of a product's environment, found by ``method``."""
        return tuple(
            (date.min if index == 0 else since, Outcome(domain_id, None, method))
            for index, (since, domain_id) in enumerate(self.domain_history(product, environment))
        )

    def business_unit(self, product: str) -> str:
        """Return the business unit a product belonged to at first."""
        return self.cost_centres[self.products[product][0][1]]


def found(calendar: Calendar) -> Company:
    """Found the company: six business units, twenty-five cost centres, sixty-two products in three environments."""
    company = Company(calendar)
    person = 0

    def add(unit: str, centre: str, product: str, environment: str, since: date, until: date) -> None:
        nonlocal person
        number = int(centre[3:])
        domain_id = company.general(centre) if product == GENERAL else company.domain(centre, product, environment)
        company.domains.append(
            Domain(
                domain_id=domain_id,
                business_unit=unit,
                cost_centre=centre,
                product=product,
                environment=environment,
                owner=_PEOPLE[person % len(_PEOPLE)],
                approver=_PEOPLE[(number // 1000) % len(_PEOPLE)],
                gl_account=str(640000 + number // 10),
                legal_entity="Halden Payments Ltd" if unit == "Payments" else "Halden Group AS",
                chargeback_mode="chargeback" if unit in {"Retail", "Payments", "Logistics"} else "showback",
                valid_from=since,
                valid_to=until,
            )
        )

    for unit, centres in _TREE.items():
        for centre, products in centres.items():
            company.cost_centres[centre] = unit
            person += 1
            add(unit, centre, GENERAL, GENERAL, company.since, OPEN_END)
            for product in products.split():
                person += 1
                moves = product == REORGANISED_PRODUCT
                company.products[product] = ((company.since, centre),)
                for environment in ENVIRONMENTS:
                    changes = moves or product == NEW_OWNER_PRODUCT
                    add(unit, centre, product, environment, company.since, calendar.change if changes else OPEN_END)
                if product == NEW_OWNER_PRODUCT:
                    person += 1
                    for environment in ENVIRONMENTS:
                        add(unit, centre, product, environment, calendar.change, OPEN_END)

    person += 1
    history = company.products[REORGANISED_PRODUCT]
    company.products[REORGANISED_PRODUCT] = (*history, (calendar.change, REORGANISED_TO))
    for environment in ENVIRONMENTS:
        unit = company.cost_centres[REORGANISED_TO]
        add(unit, REORGANISED_TO, REORGANISED_PRODUCT, environment, calendar.change, OPEN_END)
    return company


def in_force(ownership: Ownership, day: date) -> Outcome:
    """Return the outcome at a charge date."""
    current = ownership[0][1]
    for since, outcome in ownership[1:]:
        if day >= since:
            current = outcome
    return current


def validity(ownership: Ownership, since: date) -> list[tuple[date, date, Outcome]]:
    """Return the ownership as rows of half-open validity."""
    rows = []
    for index, (start, outcome) in enumerate(ownership):
        until = ownership[index + 1][0] if index + 1 < len(ownership) else OPEN_END
        rows.append((max(start, since), until, outcome))
    return rows


def day_before(day: date) -> date:
    """Yesterday."""
    return day - timedelta(days=1)
