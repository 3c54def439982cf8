"""Accounts form a hierarchy: no account is above itself, and none is deeper than owners are looked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from orchestration.policy.cells import same
from orchestration.policy.days import pieces
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import Account

LEVELS = 6
"""How many ancestors the account rule climbs."""


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield accounts that are their own ancestor, or that have more ancestors than are climbed, on some day."""
    rows: dict[str, list[Account]] = {}
    for row in policy.accounts:
        rows.setdefault(same(row.account_id), []).append(row)
    bounds = {row.validity for row in policy.accounts}
    for row in policy.accounts:
        for begins, _ in pieces(row.validity, bounds):
            chain = [row]
            ids = {same(row.account_id)}
            while (parent := _above(rows, chain[-1], begins)) is not None:
                chain.append(parent)
                if same(parent.account_id) in ids:
                    break
                ids.add(same(parent.account_id))
            path = " > ".join(account.account_id for account in chain)
            if len(chain) > len(ids):
                if chain[-1] is row and row.line == min(account.line for account in chain):
                    yield policy.finding(
                        "accounts",
                        row,
                        "parent_account_id",
                        found=f"a cycle: {path}",
                        expected="a hierarchy that ends at an account without a parent",
                        cure="Correct one of the parents.",
                    )
                    break
            elif len(chain) > LEVELS + 1:
                yield policy.finding(
                    "accounts",
                    row,
                    "parent_account_id",
                    found=f"{len(chain) - 1} levels above it: {path}",
                    expected=f"at most {LEVELS} levels",
                    cure="Leave intermediate levels out; only those with a domain matter.",
                )
                break


def _above(rows: dict[str, list[Account]], account: Account, day: date) -> Account | None:
    return next((row for row in rows.get(same(account.parent_account_id), []) if row.in_force(day)), None)
