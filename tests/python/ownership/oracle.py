"""Ownership as the rules say it, one identity and one day at a time: slow, plain, and unlike the models.

Shares no code with them, so that it can prove them wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

Row = dict[str, Any]
"""A policy row by column; dates are dates, blank cells are None."""

Tables = dict[str, list[Row]]

MATCHES = {
    "source_id": "source_id",
    "service_provider": "service_provider_name",
    "billing_account_id": "billing_account_id",
    "sub_account_id": "sub_account_id",
    "service_name": "service_name",
    "service_category": "service_category",
    "region_id": "region_id",
    "charge_category": "charge_category",
    "resource_id": "resource_id",
    "kubernetes_role": "kubernetes_role",
}


@dataclass(frozen=True)
class Answer:
    """Who owns an identity on a day."""

    domain_id: str | None
    pool_id: str | None
    rule_id: str | None
    rule_version: int | None
    method: str
    reason: str | None


@dataclass(frozen=True)
class Claim:
    """What one rule says: a domain, a pool, or why neither."""

    domain_id: str | None = None
    pool_id: str | None = None
    reason: str | None = None


def same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one.strip().lower() == other.strip().lower()


def in_force(rows: list[Row], day: date) -> list[Row]:
    return [row for row in rows if row["valid_from"] <= day < row["valid_to"]]


def owner(tables: Tables, identity: Row, day: date) -> Answer:
    """Return who owns the identity on the day: the first claim by precedence that leads to an owner."""
    rules = sorted(
        in_force(tables["ownership_rules"], day),
        key=lambda rule: (rule["precedence"], rule["rule_id"], rule["rule_version"]),
    )
    failed: list[Claim] = []
    for rule in rules:
        if not _matches(rule, identity):
            continue
        for claim in KINDS[rule["kind"]](tables, rule, identity, day):
            checked = _checked(tables, claim, day)
            if checked.reason is None:
                return Answer(
                    checked.domain_id, checked.pool_id, rule["rule_id"], rule["rule_version"], rule["kind"], None
                )
            failed.append(checked)
    reason = failed[0].reason if failed else "no_rule_matched" if identity["tags"] else "untagged"
    return Answer("unallocated", None, None, None, "none", reason)


def _matches(rule: Row, identity: Row) -> bool:
    for column, attribute in MATCHES.items():
        if rule[column] is not None and not same(rule[column], identity[attribute]):
            return False
    name = _name(identity)
    return rule["name_regex"] is None or (name is not None and re.search(rule["name_regex"], name) is not None)


def _name(identity: Row) -> str | None:
    if identity["resource_name"] is not None:
        return str(identity["resource_name"])
    if identity["resource_id"] is None:
        return None
    return re.split("[/:]", str(identity["resource_id"]).rstrip("/:"))[-1]


def _checked(tables: Tables, claim: Claim, day: date) -> Claim:
    if claim.reason is not None:
        return claim
    for row in in_force(tables["pools"], day):
        if same(row["pool_id"], claim.pool_id):
            return Claim(pool_id=row["pool_id"])
    for row in in_force(tables["cost_domains"], day):
        if same(row["domain_id"], claim.domain_id):
            return Claim(domain_id=row["domain_id"])
    return Claim(reason="pool_not_in_force" if claim.pool_id is not None else "domain_not_in_force")


def _named(tables: Tables, rule: Row, identity: Row, day: date) -> list[Claim]:
    return [Claim(rule["domain_id"], rule["pool_id"])]


def _tag(tables: Tables, rule: Row, identity: Row, day: date) -> list[Claim]:
    keys = rule["tag_keys"].split("+")
    values = [_tag_values(tables, identity, key, day) for key in keys]
    named = rule["domain_id"] is not None or rule["pool_id"] is not None
    if not all(values):
        return []
    if named and rule["tag_value"] is not None and not any(same(rule["tag_value"], value) for value in values[0]):
        return []
    if any(len(found) > 1 for found in values):
        return [Claim(reason="ambiguous_tag")]
    if named:
        return [Claim(rule["domain_id"], rule["pool_id"])]
    claim = _domain_by(tables, {key: next(iter(found)) for key, found in zip(keys, values, strict=True)}, day)
    reasons = {"unknown": "unknown_tag_value", "ambiguous": "ambiguous_tag"}
    return [Claim(claim.domain_id, reason=reasons.get(claim.reason or "", claim.reason))]


def _tag_values(tables: Tables, identity: Row, key: str, day: date) -> set[str]:
    """The values, in lower case, that the identity's spellings of a canonical key stand for."""

    def bare(text: str) -> str:
        return re.sub("[^a-z0-9]", "", text.lower())

    rows = [row for row in tables["tag_keys"] if same(row["tag_key"], key)]
    spellings = {bare(row["alias"]) for row in in_force(rows, day)}
    if rows and min(row["valid_from"] for row in rows) <= day < max(row["valid_to"] for row in rows):
        spellings.add(bare(key))
    return {
        _standing_for(tables, key, str(value), day)
        for spelled, value in (identity["tags"] or {}).items()
        if bare(spelled) in spellings and str(value).strip()
    }


def _standing_for(tables: Tables, key: str, value: str, day: date) -> str:
    for row in in_force(tables["tag_values"], day):
        if same(row["tag_key"], key) and same(row["alias"], value):
            return str(row["tag_value"]).strip().lower()
    return value.strip().lower()


def _domain_by(tables: Tables, attributes: dict[str, str], day: date) -> Claim:
    def named_by(rows: list[Row]) -> list[Row]:
        return [row for row in rows if all(same(row[key], value) for key, value in attributes.items())]

    if not named_by(tables["cost_domains"]):
        return Claim(reason="unknown")
    found = named_by(in_force(tables["cost_domains"], day))
    if not found:
        return Claim(reason="domain_not_in_force")
    if len(found) > 1:
        unlisted = {"product", "environment"} - set(attributes)
        found = [row for row in found if all(same(row[level], "general") for level in unlisted)]
    return Claim(found[0]["domain_id"]) if len(found) == 1 else Claim(reason="ambiguous")


def _cmdb(tables: Tables, rule: Row, identity: Row, day: date) -> list[Claim]:
    rows = sorted(in_force(tables["cmdb_resources"], day), key=lambda row: str(row["ci_id"]))
    by_id = [row for row in rows if same(row["resource_id"], identity["resource_id"])]
    by_name = [row for row in rows if same(row["resource_name"], identity["resource_name"])]
    return [Claim(row["domain_id"]) for row in by_id + by_name]


def _account(tables: Tables, rule: Row, identity: Row, day: date) -> list[Claim]:
    name = identity["sub_account_id"]
    for _ in range(7):
        row = next((row for row in in_force(tables["accounts"], day) if same(row["account_id"], name)), None)
        if row is None:
            return []
        if row["domain_id"] is not None:
            return [Claim(row["domain_id"])]
        name = row["parent_account_id"]
    return []


def _naming(tables: Tables, rule: Row, identity: Row, day: date) -> list[Claim]:
    if rule["domain_id"] is not None or rule["pool_id"] is not None:
        return [Claim(rule["domain_id"], rule["pool_id"])]
    found = re.search(rule["name_regex"], _name(identity) or "")
    if found is None or not found.group(1) or not found.group(2):
        return []
    product, environment = found.group(1), found.group(2)
    attributes = {
        "product": _standing_for(tables, "product", product, day),
        "environment": _standing_for(tables, "environment", environment, day),
    }
    claim = _domain_by(tables, attributes, day)
    reasons = {"unknown": "unknown_name", "ambiguous": "ambiguous_name"}
    return [Claim(claim.domain_id, reason=reasons.get(claim.reason or "", claim.reason))]


KINDS = {
    "override": _named,
    "ring_fence": _named,
    "default": _named,
    "tag": _tag,
    "cmdb": _cmdb,
    "account": _account,
    "naming": _naming,
}
