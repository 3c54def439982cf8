"""Accounts, subscriptions and projects, and the hierarchy above them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from orchestration.sample.chance import digits, guid
from orchestration.sample.company import (
    Company,
    Outcome,
    Ownership,
    always,
)

AWS, AZURE, GCP = "aws", "azure", "gcp"
SHARED = ("management", "network", "dns", "monitoring", "security", "commitments", "cicd", "edge")


@dataclass(frozen=True)
class Account:
    """An account of a provider.

    ``role``: ``mixed`` (many teams, nothing can be concluded from it), ``dedicated`` (one owner), ``ring-fenced``,
    ``sandbox`` (nobody's), or the name of a shared service.
    """

    provider: str
    account_id: str
    name: str
    parent: str
    role: str
    business_unit: str | None = None
    domain_id: str | None = None
    ownership: Ownership | None = None


@dataclass
class Accounts:
    """Every account, and the organisational units above them (id, parent, name, domain)."""

    all: list[Account] = field(default_factory=list)
    units: list[tuple[str, str, str, str]] = field(default_factory=list)

    def open(
        self, source_id: str, account_id: str, name: str, parent: str, ownership: Ownership | None = None
    ) -> Account:
        """Open an account of a small bill: dedicated to an owner, or nobody's in particular."""
        role = "dedicated" if ownership else "mixed"
        domain_id = ownership[0][1].domain_id if ownership else None
        account = Account(source_id, account_id, name, parent, role, None, domain_id, ownership)
        self.all.append(account)
        return account

    def of(self, provider: str, role: str) -> list[Account]:
        """Accounts of a provider in a role, in a fixed order."""
        return [account for account in self.all if account.provider == provider and account.role == role]

    def one(self, provider: str, role: str) -> Account:
        """Return the only account of a provider in a role."""
        (account,) = self.of(provider, role)
        return account


_DEDICATED: dict[str, tuple[tuple[str, str], ...]] = {
    AWS: (
        ("shop", "prod"),
        ("shop", "staging"),
        ("checkout", "prod"),
        ("loyalty", "prod"),
        ("streaming", "prod"),
        ("routing", "prod"),
        ("forecast", "prod"),
    ),
    AZURE: (("warehouse", "prod"), ("settlement", "prod"), ("payroll", "prod")),
    GCP: (("recommender", "prod"), ("adserver", "prod"), ("fraud", "prod")),
}
_BY_COST_CENTRE: dict[str, tuple[str, ...]] = {
    AWS: ("CC-1050", "CC-2040", "CC-4040"),
    AZURE: ("CC-6040",),
    GCP: ("CC-5040",),
}
_SHARED: dict[str, tuple[str, ...]] = {
    AWS: SHARED,
    AZURE: ("commitments", "backup"),
    GCP: ("data-platform",),
}


def open_platform(accounts: Accounts, rng: np.random.Generator) -> None:
    """Open the accounts of the platform team: one per cloud and role, in which everybody's clusters and models run."""
    for role in ("kubernetes", "models"):
        for provider, account_id in (
            (AWS, digits(rng, 12)),
            (AZURE, f"/subscriptions/{guid(rng)}"),
            (GCP, f"halden-{role}-{digits(rng, 6)}"),
        ):
            accounts.all.append(Account(provider, account_id, f"halden-{role}", "ou-shared", role))


def open_accounts(company: Company, rng: np.random.Generator) -> Accounts:
    """Open the accounts: mixed ones per business unit, dedicated ones, shared services, a sandbox per provider."""
    accounts = Accounts()
    root = "org-halden"
    accounts.units.append((root, "", "Halden Group", ""))
    units = list(dict.fromkeys(company.cost_centres.values()))
    for unit in units:
        accounts.units.append((f"ou-{unit.lower()}", root, unit, ""))
    for centre, unit in company.cost_centres.items():
        if any(centre in centres for centres in _BY_COST_CENTRE.values()):
            accounts.units.append((f"ou-{centre.lower()}", f"ou-{unit.lower()}", centre, company.general(centre)))
    accounts.units.append(("ou-shared", root, "Shared services", ""))
    accounts.units.append(("ou-sandbox", root, "Sandbox", ""))

    def add(
        provider: str,
        name: str,
        parent: str,
        role: str,
        *,
        unit: str | None = None,
        domain_id: str | None = None,
        ownership: Ownership | None = None,
    ) -> None:
        if provider == AWS:
            account_id = digits(rng, 12)
        elif provider == AZURE:
            account_id = f"/subscriptions/{guid(rng)}"
        else:
            account_id = f"halden-{name}-{digits(rng, 6)}"
        accounts.all.append(Account(provider, account_id, f"halden-{name}", parent, role, unit, domain_id, ownership))

    for provider in (AWS, AZURE, GCP):
        for unit in units:
            for stage in ("prod", "nonprod"):
                add(provider, f"{unit.lower()}-{stage}", f"ou-{unit.lower()}", "mixed", unit=unit)
        for product, environment in _DEDICATED[provider]:
            unit = company.business_unit(product)
            history = company.domain_history(product, environment)
            add(
                provider,
                f"{product}-{environment}",
                f"ou-{unit.lower()}",
                "dedicated",
                unit=unit,
                domain_id=history[0][1],
                ownership=company.owned(product, environment, "account"),
            )
        for centre in _BY_COST_CENTRE[provider]:
            add(
                provider,
                f"{centre.lower()}-workloads",
                f"ou-{centre.lower()}",
                "dedicated",
                unit=company.cost_centres[centre],
                ownership=always(Outcome(company.general(centre), None, "account")),
            )
        for role in _SHARED[provider]:
            add(provider, role, "ou-shared", role)
        add(provider, "sandbox", "ou-sandbox", "sandbox")
    add(
        AWS,
        "pci-vault",
        "ou-payments",
        "ring-fenced",
        unit="Payments",
        ownership=company.owned("cardvault", "prod", "ring_fence"),
    )
    return accounts
