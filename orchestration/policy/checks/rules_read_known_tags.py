"""A tag rule reads tag keys of the dictionary, and what it does with them is clear."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding, did_you_mean, listing
from orchestration.policy.model import Policy
from orchestration.policy.tables import DOMAIN_ATTRIBUTES, OwnershipRule


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield rules whose tag_keys or tag_value do not fit their kind or the dictionary."""
    known = {same(row.tag_key): row.tag_key for row in policy.tag_keys}
    for rule in policy.ownership_rules:
        if rule.kind != "tag":
            yield from _other_kind(policy, rule)
            continue
        keys = rule.canonical_keys
        if not keys:
            yield policy.finding(
                "ownership_rules",
                rule,
                "tag_keys",
                found="nothing",
                expected="one or more canonical tag keys joined by +",
                cure="Name the tags the rule reads, such as cost_centre or product+environment.",
            )
        for key in keys:
            if same(key) not in known and not policy.is_damaged("tag_keys", key):
                yield policy.finding(
                    "ownership_rules",
                    rule,
                    "tag_keys",
                    found=f"the unknown tag key '{key}'",
                    expected=listing(sorted(known.values())) if known else "a key of tag_keys.csv, which has none",
                    cure=did_you_mean(key, known.values()) or "Add the key to tag_keys.csv.",
                )
        yield from _values(policy, rule, [key for key in keys if same(key) in known])


def _other_kind(policy: Policy, rule: OwnershipRule) -> Iterator[PolicyFinding]:
    for column in ("tag_keys", "tag_value"):
        cell = getattr(rule, column)
        if cell is not None:
            yield policy.finding(
                "ownership_rules",
                rule,
                column,
                found=f"'{cell}'",
                expected=f"nothing: a rule of kind {rule.kind} does not read tags",
                cure="Blank it, or make the rule one of kind tag.",
            )


def _values(policy: Policy, rule: OwnershipRule, keys: list[str]) -> Iterator[PolicyFinding]:
    if rule.domain_id or rule.pool_id:
        if len(keys) > 1:
            yield policy.finding(
                "ownership_rules",
                rule,
                "tag_keys",
                found=f"{len(keys)} keys",
                expected="one key, whose value tag_value gives, for a tag rule that names its outcome",
                cure="Keep one key, or blank the outcome so that the tags themselves name the domain.",
            )
        return
    if rule.tag_value is not None:
        yield policy.finding(
            "ownership_rules",
            rule,
            "tag_value",
            found=f"'{rule.tag_value}'",
            expected="nothing: without an outcome the tags themselves name the domain",
            cure="Name the domain or pool that charges with this value go to, or blank the value.",
        )
    for key in keys:
        if same(key) not in DOMAIN_ATTRIBUTES:
            yield policy.finding(
                "ownership_rules",
                rule,
                "tag_keys",
                found=f"'{key}', by which no domain can be found",
                expected=listing(DOMAIN_ATTRIBUTES),
                cure=did_you_mean(key, DOMAIN_ATTRIBUTES) or "Name an outcome and a tag_value.",
            )
