"""What is paid for a commitment is what its use and its unused part cost over the term: for every provider, exactly.

`expected.json` of a fixture lists each commitment in it: under `commitments` with the amount, when all that was paid
for it and all it covered is in the fixture; under `unfinished_commitments` with the reason, when not.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.python.providers.conftest import Built, expected_of, kinds_with_fixtures
from tests.python.providers.generated import CONTRACT, PLAN, RESERVATION

# what each kind of charge is, how often, and what one of them costs
COUNTED = """ChargeCategory, CommitmentDiscountStatus, count(*), min(BilledCost), max(BilledCost), min(EffectiveCost),
    max(EffectiveCost), max(ListCost)"""


def paid_and_used(built: Built, kind: str) -> dict[str, tuple[object, object]]:
    found = built.charges(
        kind,
        """CommitmentDiscountId,
        coalesce(sum(BilledCost) filter (where ChargeCategory = 'Purchase'), 0),
        coalesce(sum(EffectiveCost), 0)""",
        "CommitmentDiscountId is not null group by 1",
        order="1",
    )
    return {commitment: (paid, used) for commitment, paid, used in found}


@pytest.mark.parametrize("kind", kinds_with_fixtures())
def test_a_commitment_costs_over_its_term_what_was_paid_for_it(kind: str, built: Built) -> None:
    expected = expected_of(kind)
    whole = {name: Decimal(amount) for name, amount in expected.get("commitments", {}).items()}
    found = paid_and_used(built, kind)

    assert set(found) == set(whole) | set(expected.get("unfinished_commitments", {}))
    assert {name: found[name] for name in whole} == {name: (amount, amount) for name, amount in whole.items()}


def test_a_dollar_an_hour_for_a_year_is_8760_paid_upfront_and_8760_hours_of_one(built: Built) -> None:
    of_plan = f"CommitmentDiscountId = '{PLAN}' and (ChargeCategory = 'Usage' or BilledCost <> 0) group by 1, 2"

    assert paid_and_used(built, "aws-commitment-year")[PLAN] == (8760, 8760)
    assert built.charges("aws-commitment-year", COUNTED, of_plan, order="1, 2") == [
        ("Purchase", None, 1, 8760, 8760, 0, 0, 8760),
        ("Usage", "Unused", 2190, 0, 0, 1, 1, 0),
        ("Usage", "Used", 6570, 0, 0, 1, 1, Decimal("1.5")),
    ]
    # the fee of each hour, of a plan that is paid upfront
    fees = f"CommitmentDiscountId = '{PLAN}' and ChargeCategory = 'Purchase' and BilledCost = 0"
    assert built.charges("aws-commitment-year", "count(*), sum(EffectiveCost)", fees, order="1") == [(8760, 0)]


def test_211992_for_a_year_is_8760_hours_of_24_20(built: Built) -> None:
    price, listed = Decimal("24.20"), Decimal("36.30")

    assert 8760 * price == 211992
    assert paid_and_used(built, "focus-commitment-year") == {CONTRACT: (211992, 211992)}
    assert built.charges("focus-commitment-year", COUNTED, "true group by 1, 2", order="1, 2") == [
        ("Purchase", None, 1, 211992, 211992, 0, 0, 211992),
        ("Usage", "Unused", 2190, 0, 0, price, price, price),
        ("Usage", "Used", 6570, 0, 0, price, price, listed),
    ]


def test_an_aws_reservation_gives_its_unused_hours_by_month(built: Built) -> None:
    price, listed = Decimal("24.20"), Decimal("36.30")
    of_reservation = f"CommitmentDiscountId = '{RESERVATION}' and (ChargeCategory = 'Usage' or BilledCost <> 0)"

    assert paid_and_used(built, "aws-commitment-year")[RESERVATION] == (211992, 211992)
    assert built.charges("aws-commitment-year", COUNTED, f"{of_reservation} group by 1, 2", order="1, 2") == [
        ("Purchase", None, 1, 211992, 211992, 0, 0, 211992),
        ("Usage", "Unused", 12, 0, 0, 168 * price, 186 * price, 0),
        ("Usage", "Used", 6570, 0, 0, price, price, listed),
    ]
