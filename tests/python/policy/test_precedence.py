"""Rules of one precedence are compared with few others, and none is missed that could tie."""

from __future__ import annotations

from itertools import combinations
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from orchestration.policy.checks.precedence_is_unambiguous import check
from orchestration.policy.model import Policy
from orchestration.policy.tables import MATCH_COLUMNS, OwnershipRule

COLUMNS = ("source_id", "sub_account_id", "resource_id")
ROWS = st.lists(
    st.tuples(
        st.integers(1, 2),
        st.sampled_from(["shop", "bank"]),
        st.tuples(*[st.sampled_from([None, "a", "A", "b"]) for _ in COLUMNS]),
    ),
    max_size=12,
)


def rule(line: int, precedence: int, domain_id: str, matches: tuple[str | None, ...]) -> OwnershipRule:
    values: dict[str, Any] = dict.fromkeys(OwnershipRule.model_fields)
    del values["valid_from"], values["valid_to"]  # in force always
    values |= dict(zip(COLUMNS, matches, strict=True))
    return OwnershipRule.model_construct(
        **values
        | {"line": line, "rule_id": f"r{line}", "precedence": precedence, "kind": "override", "domain_id": domain_id}
    )


@given(ROWS)
def test_the_rules_that_tie_are_those_that_a_look_at_every_pair_finds(
    rows: list[tuple[int, str, tuple[str | None, ...]]],
) -> None:
    assert set(COLUMNS) <= set(MATCH_COLUMNS)
    rules = [rule(line, *row) for line, row in enumerate(rows)]
    policy = SimpleNamespace(
        ownership_rules=rules,
        finding=lambda table, row, column, *, found, expected, cure: (found.split("(line ")[1].split(")")[0], row.line),
    )
    found = [(int(first), second) for first, second in cast(Any, check(cast(Policy, policy)))]
    tied = [
        (first, second)
        for (first, one), (second, other) in combinations(enumerate(rows), 2)
        if one[0] == other[0]
        and one[1] != other[1]
        and all(not a or not b or a.lower() == b.lower() for a, b in zip(one[2], other[2], strict=True))
    ]
    assert sorted(found, key=lambda pair: (pair[1], pair[0])) == found
    assert sorted(found) == tied
