from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.sample.money import cost, decimals, money, plain, round_to_cents, texts

AMOUNTS = st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=20)


@given(AMOUNTS)
def test_integers_become_the_decimals_they_mean(values: list[int]) -> None:
    array = decimals(np.array(values, dtype=np.int64), 10, scale=12)
    assert array.to_pylist() == [Decimal(value).scaleb(-10) for value in values]


@given(AMOUNTS)
def test_texts_mean_the_same_amounts(values: list[int]) -> None:
    written = texts(np.array(values, dtype=np.int64)).to_pylist()
    assert [Decimal(text) for text in written] == [Decimal(value).scaleb(-10) for value in values]
    assert not any(text.endswith(".") for text in written)


def test_texts_look_like_an_export() -> None:
    values = np.array([0, 12_000_000_000, 7, -25 * 10**9, 100 * 10**10], dtype=np.int64)
    assert texts(values).to_pylist() == ["0.0", "1.2", "7E-10", "-2.5", "100"]


def test_a_product_with_too_many_decimals_is_an_error() -> None:
    assert cost(np.array([money("0.5")]), np.array([30_000])).tolist() == [money("1.5")]
    with pytest.raises(ValueError, match="ten decimals"):
        cost(np.array([money("0.0000000001")]), np.array([1]))


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.005", "0.01"), ("-0.005", "-0.01"), ("1.0049999999", "1"), ("2.675", "2.68")]
)
def test_cents_round_half_away_from_zero(amount: str, rounded: str) -> None:
    assert plain(round_to_cents(money(amount))) == rounded
