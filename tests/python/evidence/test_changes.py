"""What is said to have changed since the month before: every difference, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from orchestration.evidence.changes import compared
from orchestration.evidence.cost_centres import Group
from orchestration.evidence.model import Amounts

NOTHING = Amounts(None, None, None, None)


def amounts(effective_cost: str) -> Amounts:
    return Amounts(Decimal(0), Decimal(effective_cost), None, Decimal(0))


DIRECT = Group(
    domain_id="shop",
    domain_valid_from=dt.date(2024, 1, 1),
    currency="USD",
    attribution_method="tag",
    rule_id="tag-product",
    rule_version=1,
    pool_id=None,
    pool_version=None,
    reason=None,
    rationale=None,
    approved_by=None,
    published=amounts("100"),
    charge_count=31,
    divisions=(),
    consumers=(),
    largest=(),
    rest=NOTHING,
    claims=(),
)
SHARED = replace(
    DIRECT, attribution_method="naming", rule_id="nat", pool_id="nat", pool_version=1, published=amounts("7.5")
)


def test_every_difference_is_told_the_largest_first():
    now = [replace(DIRECT, published=amounts("90"), charge_count=30), replace(SHARED, currency="EUR")]
    changes = compared([DIRECT, SHARED], now)
    assert [(change.domain_id, change.currency, change.difference, change.reason) for change in changes] == [
        ("shop", "USD", Decimal("-10"), "31 charges, now 30"),
        ("shop", "EUR", Decimal("7.5"), "new this month"),
        ("shop", "USD", Decimal("-7.5"), "not this month"),
    ]
    total = sum(change.difference for change in changes)
    assert total == Decimal("90") + Decimal("7.5") - Decimal("100") - Decimal("7.5")


def test_new_versions_are_the_reason():
    (change,) = compared([SHARED], [replace(SHARED, pool_version=2), replace(SHARED, rule_version=2)])
    assert change.reason == "rule v1, now v1 and v2; pool v1, now v1 and v2; 31 charges, now 62"


def test_the_same_in_the_same_way_says_so():
    (change,) = compared([DIRECT], [replace(DIRECT, published=amounts("100.01"))])
    assert (change.difference, change.reason) == (Decimal("0.01"), "same rule and charges, other amounts")
