"""A pool, and each of its fallbacks, has the driver, targets and shares that the method divides by, on every day."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from orchestration.policy.cells import same
from orchestration.policy.days import described, pieces
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import Pool, PoolFallback, PoolTarget

BY_DRIVER = ("proportional", "hybrid")
BY_SHARE = ("fixed_percentage", "hybrid")


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield pools whose method cannot work, and shares that no method reads or that do not sum to what they must."""
    targets: dict[str, list[PoolTarget]] = {}
    for target in policy.pool_targets:
        if not target.excluded:
            targets.setdefault(same(target.pool_id), []).append(target)
    windows: dict[str, list[Pool]] = {}
    for pool in policy.pools:
        windows.setdefault(same(pool.pool_id), []).append(pool)
        yield from _driver(policy, pool, pool.driver_window is not None)
        if not policy.is_damaged("pool_targets", pool.pool_id):
            yield from _targets(policy, pool, pool, targets.get(same(pool.pool_id), []))
    for fallback in policy.pool_fallbacks:
        pools = windows.get(same(fallback.pool_id), [])
        inherited = any(pool.driver_window is not None for pool in pools)
        yield from _driver(policy, fallback, fallback.driver_window is not None or inherited)
        for pool in pools:
            if pool.overlaps(fallback) and not policy.is_damaged("pool_targets", pool.pool_id):
                yield from _targets(policy, fallback, pool, targets.get(same(pool.pool_id), []))
                break
    yield from _needless_shares(policy)
    yield from _unscoped_accounts(policy)


def _table(row: Pool | PoolFallback) -> str:
    return "pools" if isinstance(row, Pool) else "pool_fallbacks"


def _driver(policy: Policy, row: Pool | PoolFallback, has_window: bool) -> Iterator[PolicyFinding]:
    if row.method not in BY_DRIVER:
        return
    if row.driver_id is None:
        yield policy.finding(
            _table(row),
            row,
            "driver_id",
            found="nothing",
            expected=f"a driver of drivers.csv, for the method {row.method}",
            cure="Name the driver, or use equal_share.",
        )
    if not has_window:
        yield policy.finding(
            _table(row),
            row,
            "driver_window",
            found="nothing",
            expected=f"charge_day, billing_month or another window, for the method {row.method}",
            cure="Say how long it is measured.",
        )


def _targets(
    policy: Policy, row: Pool | PoolFallback, pool: Pool, targets: list[PoolTarget]
) -> Iterator[PolicyFinding]:
    if row.method == "fixed_percentage":
        yield from _fixed_percentage(policy, row, pool, targets)
    elif row.method == "hybrid":
        yield from _hybrid(policy, row, pool, targets)
    elif row.method == "direct":
        yield from _direct(policy, row, pool, targets)


def _scopes(targets: list[PoolTarget]) -> list[str]:
    """Return the scopes with rows of their own, and '' for those without when there are rows for them."""
    return sorted({same(target.scope) for target in targets})


def _words(pool: Pool, scope: str) -> str:
    return f"pool '{pool.pool_id}'" + (f" in scope '{scope}'" if scope else "")


def _fixed_percentage(
    policy: Policy, row: Pool | PoolFallback, pool: Pool, targets: list[PoolTarget]
) -> Iterator[PolicyFinding]:
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
    for scope in _scopes(targets) or [""]:
        of_scope = [target for target in targets if same(target.scope) == scope]
        for begins, ends in pieces(pool.validity, (target.validity for target in of_scope)):
            in_force = [target for target in of_scope if target.in_force(begins)]
            total = sum((target.share or Decimal(0) for target in in_force), Decimal(0))
            # a scope may have rows of its own for some time only
            if total != 1 and (in_force or not scope):
                lines = ", ".join(str(target.line) for target in in_force) or "none"
                yield policy.finding(
                    _table(row),
                    row,
                    "method",
                    found=f"shares of {_words(pool, scope)} that sum to {total.normalize():f} "
                    f"{described((begins, ends))} (lines of pool_targets.csv: {lines})",
                    expected="a sum of exactly 1 on every day",
                    cure="Correct the shares in pool_targets.csv; write the last one as 1 minus the others.",
                )
                return


def _hybrid(policy: Policy, row: Pool | PoolFallback, pool: Pool, targets: list[PoolTarget]) -> Iterator[PolicyFinding]:
    for scope in _scopes(targets) or [""]:
        of_scope = [target for target in targets if same(target.scope) == scope]
        for begins, ends in pieces(pool.validity, (target.validity for target in of_scope)):
            in_force = [target for target in of_scope if target.in_force(begins) and target.share is not None]
            total = sum((target.share or Decimal(0) for target in in_force), Decimal(0))
            if not 0 < total < 1 and (in_force or not scope):
                yield policy.finding(
                    _table(row),
                    row,
                    "method",
                    found=f"shares of {_words(pool, scope)} that sum to {total.normalize():f} "
                    f"{described((begins, ends))}",
                    expected="a sum above 0 and below 1: what the fixed parts leave is divided by use",
                    cure="Write the fixed parts into pool_targets.csv, or use proportional or fixed_percentage.",
                )
                return


def _direct(policy: Policy, row: Pool | PoolFallback, pool: Pool, targets: list[PoolTarget]) -> Iterator[PolicyFinding]:
    for scope in _scopes(targets) or [""]:
        of_scope = [target for target in targets if same(target.scope) == scope]
        for begins, ends in pieces(pool.validity, (target.validity for target in of_scope)):
            in_force = [target for target in of_scope if target.in_force(begins)]
            many = any(target.attributes and target.domain_id is None for target in in_force)
            if (len(in_force) != 1 or many) and (in_force or not scope):
                yield policy.finding(
                    _table(row),
                    row,
                    "method",
                    found=f"{'several' if many else len(in_force)} targets of {_words(pool, scope)} "
                    f"{described((begins, ends))}",
                    expected="exactly one target in pool_targets.csv, for the method direct",
                    cure="List the one domain that bears the pool, or choose another method.",
                )
                return


def _needless_shares(policy: Policy) -> Iterator[PolicyFinding]:
    reading = {same(pool.pool_id) for pool in policy.pools if pool.method in BY_SHARE}
    reading |= {same(row.pool_id) for row in policy.pool_fallbacks if row.method in BY_SHARE}
    known = {same(pool.pool_id) for pool in policy.pools}
    for target in policy.pool_targets:
        pool_id = same(target.pool_id)
        if target.share is not None and pool_id in known - reading and not policy.is_damaged("pools", pool_id):
            yield policy.finding(
                "pool_targets",
                target,
                "share",
                found=f"the share {target.share} for pool '{target.pool_id}'",
                expected="nothing: only the methods fixed_percentage and hybrid read shares",
                cure="Blank the share, or make the pool's method fixed_percentage.",
            )


def _unscoped_accounts(policy: Policy) -> Iterator[PolicyFinding]:
    by_account = {same(driver.driver_id) for driver in policy.drivers if driver.kind == "account"}
    for pool in policy.pools:
        names = [
            pool.driver_id,
            *(row.driver_id for row in policy.pool_fallbacks if row.identity[0] == pool.identity[0]),
        ]
        asked = next((name for name in names if name is not None and same(name) in by_account), None)
        if asked is not None and pool.scope_by != "sub_account_id":
            yield policy.finding(
                "pools",
                pool,
                "scope_by",
                found=f"'{pool.scope_by}'" if pool.scope_by else "nothing",
                expected=f"sub_account_id, for driver '{asked}' of kind account",
                cure="Divide the pool by sub_account_id: each part goes to the owner of its account.",
            )
