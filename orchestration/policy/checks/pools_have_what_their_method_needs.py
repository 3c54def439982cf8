"""A pool has the driver, targets and shares that its method divides by, on every day it is in force."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from orchestration.policy.cells import same
from orchestration.policy.days import described, pieces
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import Pool, PoolTarget


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield pools whose method cannot work, and shares that no method reads or that do not sum to 1."""
    targets: dict[str, list[PoolTarget]] = {}
    for target in policy.pool_targets:
        targets.setdefault(same(target.pool_id), []).append(target)
    for pool in policy.pools:
        if pool.method == "proportional":
            yield from _proportional(policy, pool)
        elif not policy.is_damaged("pool_targets", pool.pool_id):
            if pool.method == "fixed_percentage":
                yield from _fixed_percentage(policy, pool, targets.get(same(pool.pool_id), []))
            elif pool.method == "direct":
                yield from _direct(policy, pool, targets.get(same(pool.pool_id), []))
    yield from _needless_shares(policy)


def _proportional(policy: Policy, pool: Pool) -> Iterator[PolicyFinding]:
    needs = {
        "driver_id": ("a driver of drivers.csv, for the method proportional", "Name the driver, or use equal_share."),
        "driver_window": ("charge_day or billing_month, for the method proportional", "Say how long it is measured."),
    }
    for column, (expected, cure) in needs.items():
        if getattr(pool, column) is None:
            yield policy.finding("pools", pool, column, found="nothing", expected=expected, cure=cure)


def _fixed_percentage(policy: Policy, pool: Pool, targets: list[PoolTarget]) -> Iterator[PolicyFinding]:
    without = [target for target in targets if target.share is None and target.overlaps(pool)]
    for target in without:
        yield policy.finding(
            "pool_targets",
            target,
            "share",
            found="nothing",
            expected=f"a share from 0 to 1: pool '{pool.pool_id}' is divided by fixed percentages",
            cure="Write the share; those of a pool sum to 1.",
        )
    if without:
        return
    for begins, ends in pieces(pool.validity, (target.validity for target in targets)):
        in_force = [target for target in targets if target.in_force(begins)]
        total = sum((target.share or Decimal(0) for target in in_force), Decimal(0))
        if total != 1:
            lines = ", ".join(str(target.line) for target in in_force) or "none"
            yield policy.finding(
                "pools",
                pool,
                "method",
                found=f"shares of pool '{pool.pool_id}' that sum to {total.normalize():f} {described((begins, ends))} "
                f"(lines of pool_targets.csv: {lines})",
                expected="a sum of exactly 1 on every day",
                cure="Correct the shares in pool_targets.csv; write the last one as 1 minus the others.",
            )
            return


def _direct(policy: Policy, pool: Pool, targets: list[PoolTarget]) -> Iterator[PolicyFinding]:
    for begins, ends in pieces(pool.validity, (target.validity for target in targets)):
        count = sum(target.in_force(begins) for target in targets)
        if count != 1:
            yield policy.finding(
                "pools",
                pool,
                "method",
                found=f"{count} targets of pool '{pool.pool_id}' {described((begins, ends))}",
                expected="exactly one target in pool_targets.csv, for the method direct",
                cure="List the one domain that bears the pool, or choose another method.",
            )
            return


def _needless_shares(policy: Policy) -> Iterator[PolicyFinding]:
    fixed = {same(pool.pool_id) for pool in policy.pools if pool.method == "fixed_percentage"}
    known = {same(pool.pool_id) for pool in policy.pools}
    for target in policy.pool_targets:
        pool_id = same(target.pool_id)
        if target.share is not None and pool_id in known - fixed and not policy.is_damaged("pools", pool_id):
            yield policy.finding(
                "pool_targets",
                target,
                "share",
                found=f"the share {target.share} for pool '{target.pool_id}'",
                expected="nothing: only the method fixed_percentage reads shares",
                cure="Blank the share, or make the pool's method fixed_percentage.",
            )
