"""Tokens and seats as quantities that drive splits: by owner of the key, the project, the workspace or the seat."""

from __future__ import annotations

from decimal import Decimal

from tests.python.providers.conftest import USAGE_FIXTURES, Built


def quantities(built: Built, source_id: str) -> list[tuple[str, str, Decimal]]:
    return built.query(
        "select driver, target, sum(quantity) from allocation.int_driver_usage where source_id = $1 "
        "group by all order by all",
        source_id,
    )


def test_usage_lands_without_money(built: Built) -> None:
    for kind in USAGE_FIXTURES:
        assert built.landed[kind].refusals == []
        assert {receipt.billed_cost for receipt in built.landed[kind].receipts} == {None}


def test_tokens_count_for_the_owner_of_the_key_else_of_the_project(built: Built) -> None:
    # the second of May was pulled again, and has become empty
    assert quantities(built, "openai-usage") == [
        ("openai_input_tokens", "docs-prod", 1000),
        ("openai_input_tokens", "shop-prod", 500),
        ("openai_input_tokens", "unallocated", 30),
        ("openai_output_tokens", "docs-prod", 200),
        ("openai_output_tokens", "shop-prod", 50),
        ("openai_output_tokens", "unallocated", 3),
        ("openai_requests", "docs-prod", 4),
        ("openai_requests", "shop-prod", 2),
        ("openai_requests", "unallocated", 1),
        ("openai_tokens", "docs-prod", 1200),
        ("openai_tokens", "shop-prod", 550),
        ("openai_tokens", "unallocated", 33),
    ]


def test_tokens_of_priority_capacity_are_apart_and_accounts_above_own_a_workspace(built: Built) -> None:
    assert quantities(built, "anthropic-usage") == [
        ("anthropic_output_tokens", "docs-prod", 90),
        ("anthropic_priority_tokens", "docs-prod", 1000),
        ("anthropic_tokens", "docs-prod", 1200),
    ]


def test_seats_count_for_their_account_or_domain(built: Built) -> None:
    assert quantities(built, "saas-seats") == [("seats_MS-1", "docs-prod", 1), ("seats_MS-1", "shop-prod", 4)]
