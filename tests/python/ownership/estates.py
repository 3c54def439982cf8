"""Made-up policies and identities in which every rule kind, date and spelling meets every other."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from orchestration.policy.tables import TABLES
from tests.python.ownership.oracle import Row, Tables

FIRST, END = date(2026, 9, 1), date(2026, 10, 1)
BEGINNING, OPEN_END = date(2020, 1, 1), date(9999, 12, 31)

PRODUCTS = ("shop", "bank", "lab")
ENVIRONMENTS = ("prod", "dev")
CENTRES = ("CC-1", "CC-2", "CC-3")
ACCOUNTS = ("1111", "2222", "3333")
NAMES = ("shop-prod-01", "bank-prd-02", "LAB-dev", "nat-7", "solo", None)
NODE = "i-1"
"""The resource that a usage feed knows as a node."""
IDS = (NODE, "arn:aws:x:eu:1:instance/lab-dev-9", "/subscriptions/s/vm/shop-prd-3/", None)


def estate(seed: int) -> tuple[Tables, list[Row]]:
    """Return a policy and about twenty identities, each with its first and last charge date."""
    dice = random.Random(seed)  # noqa: S311 - made-up data
    tables: Tables = {table: [] for table in TABLES}

    def add(table: str, **cells: Any) -> None:
        for start, until in _validities(dice):
            row: Row = dict.fromkeys(TABLES[table].columns())
            row.update({name: dice.choice(cell) if isinstance(cell, list) else cell for name, cell in cells.items()})
            row.update(valid_from=start, valid_to=until)
            tables[table].append(row)

    for product in PRODUCTS:
        for environment in ENVIRONMENTS:
            add("cost_domains", domain_id=f"{product}-{environment}", cost_centre=[*CENTRES], product=product.title(),
                environment=environment)  # fmt: skip
    for centre in CENTRES[:2]:
        add("cost_domains", domain_id=centre.lower(), cost_centre=centre, product="general", environment="general")
    domains = [f"{product}-{environment}".upper() for product in PRODUCTS for environment in ENVIRONMENTS] + ["none"]
    add("pools", pool_id="Nat", pool_version=1)
    for key, alias in (("product", "app"), ("environment", "Env"), ("environment", "stage"), ("cost_centre", "c c")):
        add("tag_keys", tag_key=key, alias=alias)
    for key, alias, value in (
        ("environment", "PRD", "Prod"), ("product", "store", "shop"), ("cost_centre", "1", "CC-1"),
    ):  # fmt: skip
        add("tag_values", tag_key=key, alias=alias, tag_value=value)
    add("accounts", account_id="root", domain_id=[None, *domains])
    add("accounts", account_id="folder", parent_account_id="Root", domain_id=[None, None, *domains])
    for account in ACCOUNTS[:2]:
        add("accounts", account_id=account, parent_account_id=["folder", None], domain_id=[None, *domains])
    add("cmdb_resources", ci_id="c1", resource_id="I-1", domain_id=domains)
    add("cmdb_resources", ci_id="c2", resource_name="solo", domain_id=domains)
    add("cmdb_resources", ci_id="c3", resource_name="Nat-7", domain_id=domains)
    for number in range(dice.randint(3, 12)):
        _add_rule(dice, tables, number, domains)
    return tables, [_identity(dice, number) for number in range(1, 21)]


def _validities(dice: random.Random) -> list[tuple[date, date]]:
    """One validity or two that do not overlap; some begin or end within the month, some leave a gap."""
    days = sorted(dice.sample(range(1, 30), 2))
    early, late = (FIRST + timedelta(days=day) for day in days)
    return dice.choice(
        [
            [(BEGINNING, OPEN_END)],
            [(BEGINNING, OPEN_END)],
            [(BEGINNING, late)],
            [(early, OPEN_END)],
            [(early, late)],
            [(BEGINNING, early), (early, OPEN_END)],
            [(BEGINNING, early), (late, OPEN_END)],
        ]
    )


def _add_rule(dice: random.Random, tables: Tables, number: int, domains: list[str]) -> None:
    kind = dice.choice(
        ["override", "ring_fence", "tag", "tag", "tag", "cmdb", "account", "account", "naming", "default"]
    )
    for version, (start, until) in enumerate(_validities(dice), start=1):
        rule: Row = dict.fromkeys(TABLES["ownership_rules"].columns())
        rule.update(rule_id=f"r{number}", rule_version=version, precedence=dice.randint(1, 9) * 10 + number, kind=kind)
        rule.update(valid_from=start, valid_to=until)
        if dice.random() < 0.5:
            rule["sub_account_id"] = dice.choice(ACCOUNTS)
        if dice.random() < 0.2:
            rule["charge_category"] = dice.choice(["usage", " Tax "])
        if dice.random() < 0.2 and kind != "cmdb":
            rule["name_regex"] = dice.choice(["^shop", "[0-9]$"])
        if dice.random() < 0.15:
            rule["kubernetes_role"] = dice.choice([" Node", "volume"])
        named = kind in ("override", "ring_fence", "default") or (kind in ("tag", "naming") and dice.random() < 0.4)
        if named:
            rule.update(dice.choice([{"domain_id": dice.choice(domains)}, {"pool_id": "NAT"}]))
        if kind == "tag":
            rule["tag_keys"] = dice.choice(
                ["product", "cost_centre"] if named else ["product+environment", "cost_centre", "environment+product"]
            )
            rule["tag_value"] = dice.choice(["Shop", "cc-1", None]) if named else None
        if kind == "naming":
            rule["name_regex"] = "^nat-" if named else "^([a-z]+)-(prod|prd|dev)"
        tables["ownership_rules"].append(rule)


def _identity(dice: random.Random, number: int) -> Row:
    tags = {}
    for key in dice.sample(["App", "product", "env", "STAGE", "CC", "cost-centre", "note"], dice.randint(0, 5)):
        tags[key] = dice.choice(["shop", "Store", "Bank", "lab", "prod", "prd", "dev", "CC-1", "cc-2", "1", "old", " "])
    resource_id = dice.choice(IDS)
    first, last = sorted(FIRST + timedelta(days=dice.randrange(30)) for _ in range(2))
    return {
        "identity_id": number,
        "source_id": "aws",
        "service_provider_name": "AWS",
        "billing_account_id": "999",
        "sub_account_id": dice.choice([*ACCOUNTS, None]),
        "service_name": "Compute",
        "service_category": "Compute",
        "region_id": "eu",
        "charge_category": dice.choice(["Usage", "Tax"]),
        "resource_id": resource_id,
        "kubernetes_role": "node" if resource_id == NODE else None,
        "resource_name": dice.choice(NAMES),
        "tags": tags or None,
        "first": first,
        "last": last,
    }
