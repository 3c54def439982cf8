"""An estate in which everything changes on 17 September: rules, domains, tags, registers, pools, the resolution.

Each case is a service of its own with charges on the 16th and the 17th, and amounts that can be divided in the head.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

DAY, NEXT_DAY, END = "2026-09-16", "2026-09-17", "9999-12-31"
START = "2020-01-01"

CHARGE_COLUMNS = (
    *("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "BillingCurrency", "BillingAccountId"),
    *("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory"),
    *("ChargeDescription", "ProviderName", "PublisherName", "InvoiceIssuerName", "ServiceName", "ServiceCategory"),
    *("SubAccountId", "ResourceId", "ResourceName", "CommitmentDiscountId", "CommitmentDiscountStatus", "Tags"),
)


def charge(service: str, cost: str, moment: str = DAY, **cells: str) -> dict[str, str]:
    """Return a charge of an hour, or of a day when ``moment`` has no hour; costs are the same in each metric."""
    month = int(moment[5:7])
    begins = f"{moment}T00:00:00Z" if len(moment) == 10 else f"{moment}:00:00Z"
    return {
        **dict.fromkeys(CHARGE_COLUMNS[:4], cost),
        "BillingCurrency": "USD",
        "BillingAccountId": "main",
        "BillingPeriodStart": f"2026-{month:02}-01T00:00:00Z",
        "BillingPeriodEnd": f"2026-{month + 1:02}-01T00:00:00Z",
        "ChargePeriodStart": begins,
        "ChargePeriodEnd": begins.replace(":00:00Z", ":59:59Z"),
        "ChargeCategory": "Usage",
        "ChargeDescription": service,
        "ProviderName": "AWS",
        "PublisherName": "AWS",
        "InvoiceIssuerName": "Amazon Web Services, Inc.",
        "ServiceName": service,
        "ServiceCategory": "Compute",
        **cells,
    }


def both_days(service: str, cost: str, **cells: str) -> list[dict[str, str]]:
    return [charge(service, cost, day, **cells) for day in (DAY, NEXT_DAY)]


def tags(**found: str) -> str:
    return json.dumps(found)


CHARGES = [
    *both_days("rule", "1", SubAccountId="acc-rule"),
    *both_days("override", "1", SubAccountId="acc-shop", ResourceId="vm-lent"),
    *both_days("domain", "1", Tags=tags(app="app", env="prod")),
    *both_days("alias", "1", Tags=tags(app="bank", env="live")),
    *both_days("cmdb", "1", ResourceId="db-1"),
    *both_days("account", "1", SubAccountId="acc-moved"),
    *both_days("dns", "8"),
    *both_days("base", "100"),
    *both_days("cloud", "1000"),
    *both_days("monitoring", "500"),
    # windows: the month before, the three days that end with the charge's, the hour
    charge("web", "60", "2026-08-05", SubAccountId="acc-shop"),
    charge("web", "40", "2026-08-30", SubAccountId="acc-bank"),
    charge("web", "7", DAY, SubAccountId="acc-bank"),
    charge("by-last-month", "10", DAY),
    *both_days("by-three-days", "8"),
    charge("by-hour", "8", f"{DAY}T10"),
    charge("by-hour", "8", f"{DAY}T11"),
    charge("by-hour", "8", f"{DAY}T12"),
    # what was committed to and not used: to the buyer, to those who used the rest, to a central owner
    *(
        charge(f"unused-{policy}", "40", SubAccountId="acc-bank", CommitmentDiscountId=f"sp-{policy}",
               CommitmentDiscountStatus="Unused")
        for policy in ("buyer", "use", "central")
    ),
    charge("used", "30", DAY, SubAccountId="acc-shop", CommitmentDiscountId="sp-use", CommitmentDiscountStatus="Used"),
    charge("used", "10", DAY, SubAccountId="acc-bank", CommitmentDiscountId="sp-use", CommitmentDiscountStatus="Used"),
    charge("used", "99", SubAccountId="acc-bank", CommitmentDiscountId="sp-other", CommitmentDiscountStatus="Used"),
    # each environment is divided among its own
    charge("by-environment", "10", DAY, Tags=tags(env="prod")),
    charge("by-environment", "10", DAY, Tags=tags(env="dev")),
    # a cluster whose chargeback does not foot, and one whose gap is shown as idle
    charge("nodes", "28400", NEXT_DAY, Tags=tags(cluster="prod-1")),
    charge("nodes", "28400", NEXT_DAY, Tags=tags(cluster="prod-2")),
    charge("shared-infrastructure", "2100", DAY),
]  # fmt: skip

NAMESPACES = {"payments-api": "8920", "data-pipeline": "6440", "customer-portal": "4680", "ml-inference": "5320"}

USAGE = [
    ("2026-09-01", "seats", "", "shop", "3"),
    ("2026-09-30", "seats", "", "bank", "1"),
    ("2026-09-13", "tokens", "", "bank", "50"),
    ("2026-09-15", "tokens", "", "shop", "1"),
    ("2026-09-16", "tokens", "", "shop", "1"),
    ("2026-09-17", "tokens", "", "bank", "2"),
    ("2026-09-16T10:20:00Z", "requests", "", "shop", "5"),
    ("2026-09-16T11:59:59Z", "requests", "", "bank", "5"),
    *(("2026-09-16", "cpu", "prod-1", name, amount) for name, amount in NAMESPACES.items()),
    *(("2026-09-16", "cpu", "prod-2", name, amount) for name, amount in NAMESPACES.items()),
    ("2026-09-16", "cpu", "prod-2", "idle", "3040"),
]  # fmt: skip

DOMAINS = [
    ("shop", "Retail", "CC-1", "shop", "prod", START, END),
    ("bank", "Finance", "CC-2", "bank", "prod", START, END),
    ("lab", "Retail", "CC-3", "lab", "dev", START, END),
    ("platform", "IT", "CC-9", "platform", "general", START, END),
    ("app-in-retail", "Retail", "CC-1", "app", "prod", START, NEXT_DAY),
    ("app-in-finance", "Finance", "CC-2", "app", "prod", NEXT_DAY, END),
    *((name, "Retail", "CC-4", name, "general", START, END) for name in NAMESPACES),
]

APPROVAL = {"rationale": "agreed", "owner": "fin", "approved_by": "cfo"}
POOL = {**APPROVAL, "pool_version": "1", "method_id": "METHOD"}

POOLS: list[dict[str, str]] = [
    {"pool_id": "dns", "method": "equal_share"},
    {"pool_id": "base", "method": "hybrid", "driver_id": "seats", "driver_window": "billing_month"},
    {"pool_id": "cloud", "method": "fixed_percentage", "step": "1"},
    {"pool_id": "monitoring", "method": "fixed_percentage", "step": "2"},
    {"pool_id": "by-last-month", "method": "proportional", "driver_id": "web", "driver_window": "previous_month"},
    {"pool_id": "by-three-days", "method": "proportional", "driver_id": "tokens", "driver_window": "trailing_3_days"},
    {"pool_id": "by-hour", "method": "proportional", "driver_id": "requests", "driver_window": "charge_hour"},
    {
        "pool_id": "unused-buyer", "method": "proportional", "driver_id": "buyers", "driver_window": "charge_day",
        "scope_by": "sub_account_id",
    },
    {
        "pool_id": "unused-use", "method": "proportional", "driver_id": "used", "driver_window": "billing_month",
        "scope_by": "commitment_discount_id",
    },
    {"pool_id": "unused-central", "method": "direct"},
    {"pool_id": "by-environment", "method": "equal_share", "scope_by": "environment"},
    {
        "pool_id": "nodes", "method": "proportional", "driver_id": "cpu", "driver_window": "billing_month",
        "scope_by": "cluster",
    },
    {"pool_id": "idle", "method": "direct"},
    {"pool_id": "shared-infrastructure", "method": "direct"},
]  # fmt: skip

TARGETS: list[dict[str, str]] = [
    {"pool_id": "dns", "domain_id": "shop"},
    {"pool_id": "dns", "domain_id": "bank", "valid_from": NEXT_DAY},
    {"pool_id": "base", "domain_id": "shop", "share": "0.2", "valid_to": NEXT_DAY},
    {"pool_id": "base", "domain_id": "shop", "share": "0.6", "valid_from": NEXT_DAY},
    {"pool_id": "base", "domain_id": "bank"},
    {"pool_id": "cloud", "target_pool_id": "monitoring", "share": "0.2"},
    {"pool_id": "cloud", "domain_id": "shop", "share": "0.6"},
    {"pool_id": "cloud", "domain_id": "bank", "share": "0.2"},
    {"pool_id": "monitoring", "target_pool_id": "cloud", "share": "0.3"},
    {"pool_id": "monitoring", "domain_id": "shop", "share": "0.35"},
    {"pool_id": "monitoring", "domain_id": "bank", "share": "0.35"},
    {"pool_id": "unused-central", "domain_id": "platform"},
    {"pool_id": "by-environment", "business_unit": "Retail"},
    {"pool_id": "by-environment", "domain_id": "bank"},
    {"pool_id": "by-environment", "domain_id": "app-in-retail", "excluded": "true", "valid_to": NEXT_DAY},
    *({"pool_id": "nodes", "domain_id": name} for name in NAMESPACES),
    {"pool_id": "nodes", "target_pool_id": "idle"},
    {"pool_id": "idle", "domain_id": "platform"},
    {"pool_id": "shared-infrastructure", "domain_id": "platform"},
]

DRIVERS: list[dict[str, str]] = [
    {"driver_id": "seats", "kind": "usage"},
    {"driver_id": "web", "kind": "spend", "service_name": "web"},
    {"driver_id": "tokens", "kind": "usage"},
    {"driver_id": "requests", "kind": "usage"},
    {"driver_id": "buyers", "kind": "account"},
    {"driver_id": "used", "kind": "spend", "commitment_status": "Used"},
    {"driver_id": "cpu", "kind": "amount", "unit": "USD"},
]

RULES: list[dict[str, str]] = [
    {
        "rule_id": "lent", "precedence": "10", "kind": "override", "resource_id": "vm-lent", "domain_id": "platform",
        "valid_to": NEXT_DAY,
    },
    {
        "rule_id": "ring", "precedence": "20", "kind": "ring_fence", "sub_account_id": "acc-rule", "domain_id": "shop",
        "valid_to": NEXT_DAY,
    },
    {
        "rule_id": "ring", "rule_version": "2", "precedence": "20", "kind": "ring_fence", "sub_account_id": "acc-rule",
        "domain_id": "bank", "valid_from": NEXT_DAY,
    },
    *(
        {
            "rule_id": pool["pool_id"], "precedence": "25", "kind": "default", "service_name": pool["pool_id"],
            "pool_id": pool["pool_id"],
            "commitment_status": "Unused" if pool["pool_id"].startswith("unused-") else "",
        }
        for pool in POOLS
        if pool["pool_id"] != "idle"
    ),
    {"rule_id": "tags", "precedence": "30", "kind": "tag", "tag_keys": "product+environment"},
    {"rule_id": "cmdb", "precedence": "40", "kind": "cmdb"},
    {"rule_id": "accounts", "precedence": "50", "kind": "account"},
]  # fmt: skip


def write_boundary_estate(folder: Path) -> Path:
    """Write the estate; return its file."""
    (folder / "exports").mkdir(parents=True)
    (folder / "feeds").mkdir()
    (folder / "policy").mkdir()
    write_csv(folder / "exports" / "charges.csv", CHARGES)
    write_csv(
        folder / "feeds" / "usage.csv",
        [dict(zip(("date", "driver", "scope", "target", "quantity"), row, strict=True)) for row in USAGE],
    )
    forever = {"valid_from": START, "valid_to": END}
    names = ("domain_id", "business_unit", "cost_centre", "product", "environment", "valid_from", "valid_to")
    policy: dict[str, list[dict[str, str]]] = {
        "cost_domains": [
            {**dict(zip(names, row, strict=True)), "owner": "ann", "chargeback_mode": "showback"} for row in DOMAINS
        ],
        "tag_keys": [
            {"tag_key": key, "alias": alias, **forever}
            for key, alias in (("product", "app"), ("environment", "env"), ("cluster", "cluster"))
        ],
        "tag_values": [
            {"tag_key": "environment", "alias": "live", "tag_value": "prod", "valid_from": NEXT_DAY, "valid_to": END}
        ],
        "accounts": [
            {"account_id": "acc-shop", "domain_id": "shop", **forever},
            {"account_id": "acc-bank", "domain_id": "bank", **forever},
            {"account_id": "acc-moved", "domain_id": "shop", "valid_from": START, "valid_to": NEXT_DAY},
            {"account_id": "acc-moved", "domain_id": "bank", "valid_from": NEXT_DAY, "valid_to": END},
        ],
        "cmdb_resources": [
            {"ci_id": "1", "resource_id": "db-1", "domain_id": "shop", "valid_from": START, "valid_to": NEXT_DAY},
            {"ci_id": "2", "resource_id": "db-1", "domain_id": "bank", "valid_from": NEXT_DAY, "valid_to": END},
        ],
        "ownership_rules": [{"rule_version": "1", **APPROVAL, **forever, **rule} for rule in RULES],
        "pools": [{"pool_name": pool["pool_id"], **POOL, **forever, **pool} for pool in POOLS],
        "pool_targets": [{**forever, **target} for target in TARGETS],
        "pool_fallbacks": [
            {
                "pool_id": "by-hour", "attempt": "1", "method": "equal_share", "rationale": "next best",
                "approved_by": "cfo", **forever,
            }
        ],
        "pool_resolution": [
            {"resolution": "direct", **APPROVAL, "valid_from": START, "valid_to": NEXT_DAY},
            {"resolution": "reciprocal", **APPROVAL, "valid_from": NEXT_DAY, "valid_to": END},
        ],
        "drivers": [{**driver, **forever} for driver in DRIVERS],
    }  # fmt: skip
    for table, rows in policy.items():
        write_csv(folder / "policy" / f"{table}.csv", rows)
    estate = folder / "estate.yml"
    estate.write_text(
        "reporting_currency: USD\nsources:\n  - {id: any, kind: focus, location: ./exports}\n"
        "  - {id: feeds, kind: driver_usage, location: ./feeds}\npolicy: ./policy\n",
        encoding="utf-8",
    )
    return estate


def write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    """Write rows under every column that one of them has."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
