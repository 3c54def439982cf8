"""A name pattern is a regular expression the engine accepts, with the groups the rule needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb

from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield rules whose name_regex is missing, misplaced, invalid or without its groups."""
    if not policy.ownership_rules:
        return
    with duckdb.connect() as engine:
        for rule in policy.ownership_rules:
            pattern = rule.name_regex
            if pattern is None:
                if rule.kind == "naming":
                    yield policy.finding(
                        "ownership_rules",
                        rule,
                        "name_regex",
                        found="nothing",
                        expected="the regular expression of the naming convention",
                        cure="Write the pattern, or choose another kind.",
                    )
                continue
            if rule.kind == "cmdb":
                yield policy.finding(
                    "ownership_rules",
                    rule,
                    "name_regex",
                    found=f"'{pattern}'",
                    expected="nothing: a rule of kind cmdb looks the resource up",
                    cure="Blank it.",
                )
            try:
                engine.execute("select regexp_matches('', ?)", [pattern])
            except duckdb.Error as error:
                yield policy.finding(
                    "ownership_rules",
                    rule,
                    "name_regex",
                    found=f"'{pattern}' ({str(error).splitlines()[0]})",
                    expected="a regular expression in RE2 syntax (no look-around, no back references)",
                    cure="Correct the pattern.",
                )
                continue
            if rule.kind == "naming" and not (rule.domain_id or rule.pool_id) and groups(pattern) < 2:
                yield policy.finding(
                    "ownership_rules",
                    rule,
                    "name_regex",
                    found=f"'{pattern}' with {groups(pattern)} capture groups",
                    expected="two: group 1 is the product, group 2 the environment",
                    cure="Put the two parts in parentheses, or name the domain or pool in the rule.",
                )


def groups(pattern: str) -> int:
    """Return the number of capture groups of a valid pattern."""
    bare = re.sub(r"\\.", "", pattern)
    without_classes = re.sub(r"\[\^?\]?[^\]]*\]", "", bare)
    return len(re.findall(r"\((?!\?)|\(\?P?<", without_classes))
