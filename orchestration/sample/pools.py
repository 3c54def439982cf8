"""The shared costs of the company: pools, their drivers and who is entitled to a share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orchestration.sample.company import OPEN_END, Company

SEATS_CONTRACT = "M365-2026"
SEATS_DRIVER = f"seats_{SEATS_CONTRACT}"
PROTOTYPES_DRIVER = "openai_tokens"
CODING_DRIVER = "anthropic_output_tokens"
CHARGE_HOUR, CHARGE_DAY, BILLING_MONTH = "charge_hour", "charge_day", "billing_month"
PROPORTIONAL, FIXED, EQUAL, DIRECT = "proportional", "fixed_percentage", "equal_share", "direct"


@dataclass(frozen=True)
class Driver:
    """What a pool is shared by. ``kind``: spend, quantity or usage (a feed)."""

    driver_id: str
    kind: str
    unit: str
    description: str
    source_id: str = ""
    service_name: str = ""
    charge_category: str = ""


@dataclass(frozen=True)
class Pool:
    """A shared cost in one version; ``targets`` empty = every domain; shares are decimal text.

    Attributes:
        feeds: pools that it hands a part on to.
        leaves_out: pools that its driver measures, and that bear nothing of it.
        attempts: what is tried when its own driver says nothing: method, driver, window, and why.
        told_apart: whether its truth is told by consumer, in a file of its own, instead of by window and share.

    """

    pool_id: str
    name: str
    method: str
    driver_id: str
    window: str
    method_id: str
    rationale: str
    scope_by: str = ""
    fallback: str = ""
    targets: tuple[tuple[str, str], ...] = ()
    version: int = 1
    valid_from: date = date.min
    valid_to: date = OPEN_END
    feeds: tuple[str, ...] = ()
    leaves_out: tuple[str, ...] = ()
    attempts: tuple[tuple[str, str, str, str], ...] = ()
    told_apart: bool = False


DRIVERS: tuple[Driver, ...] = (
    Driver("nat-gb", "usage", "GB", "Gigabytes through the NAT gateways, from flow logs, per region"),
    Driver("slot-hours", "usage", "Slot-Hours", "BigQuery slot hours by team label"),
    Driver("cdn-gb", "usage", "GB", "Gigabytes served per site"),
    Driver("ci-minutes", "usage", "Minutes", "Build minutes per product"),
    Driver("warehouse-credits", "usage", "Credits", "Snowflake credits by the role that ran the query"),
    Driver(SEATS_DRIVER, "usage", "Seats", "Office seats that people hold, by their cost centre"),
    Driver(PROTOTYPES_DRIVER, "usage", "Tokens", "Tokens by the key that used them, as OpenAI meters them"),
    Driver(CODING_DRIVER, "usage", "Tokens", "Tokens written by the model for each key, as Anthropic meters them"),
    Driver("vm-hours", "usage", "Hours", "Hours of virtual machines in the company's own data centres"),
    Driver("spend", "spend", "", "Effective cost of everything an owner pays for itself"),
    Driver("aws-spend", "spend", "USD", "Effective cost at Amazon an owner pays for itself", "aws-main"),
    Driver("azure-spend", "spend", "EUR", "Effective cost at Microsoft an owner pays for itself", "azure-main"),
    Driver(
        "ec2-spend", "spend", "USD", "Effective cost of virtual machines and their disks at Amazon", "aws-main",
        "Amazon Elastic Compute Cloud", "Usage",
    ),
    Driver(
        "azure-storage-gb", "quantity", "GB", "Gigabytes stored in storage accounts", "azure-main", "Storage Accounts",
        "Usage",
    ),
)  # fmt: skip


def make_pools(company: Company) -> list[Pool]:
    """Every pool in every version."""
    changes = company.calendar.middle.first
    generals = [company.general(centre) for centre in company.cost_centres]
    monitoring = {
        1: ("0.25", "0.2", "0.2", "0.15", "0.1", "0.1"),
        2: ("0.3", "0.2", "0.15", "0.15", "0.125", "0.075"),
    }
    watched = [company.general(centre) for centre in ("CC-1010", "CC-2010", "CC-3010", "CC-4010", "CC-5010", "CC-6010")]
    return [
        Pool(
            "nat-gateway", "NAT gateways", PROPORTIONAL, "nat-gb", CHARGE_DAY, "NAT_BY_GB",
            "Every byte is metered per consumer in the flow logs.", scope_by="region_id",
        ),
        Pool(
            "enterprise-support", "Enterprise support", PROPORTIONAL, "aws-spend", BILLING_MONTH, "SUPPORT_BY_SPEND",
            "Support is priced as a share of spend.",
        ),
        Pool(
            "dns", "Public DNS", EQUAL, "", CHARGE_DAY, "DNS_EQUAL",
            "Too small to meter; the twelve cost centres with public zones share equally.",
            targets=tuple((domain, "") for domain in generals[:12]),
        ),
        *(
            Pool(
                "monitoring", "Monitoring", FIXED, "", CHARGE_DAY, f"MONITORING_AGREED_V{version}",
                "Shares agreed between the business units for the year.",
                targets=tuple(zip(watched, shares, strict=True)), version=version,
                valid_from=date.min if version == 1 else changes, valid_to=changes if version == 1 else OPEN_END,
            )
            for version, shares in monitoring.items()
        ),
        Pool(
            "data-platform", "Data platform", PROPORTIONAL, "slot-hours", BILLING_MONTH, "DATA_PLATFORM_BY_SLOT_HOURS",
            "Slots are what the platform buys.",
        ),
        Pool(
            "security-tooling", "Threat detection", DIRECT, "", CHARGE_DAY, "SECURITY_DIRECT",
            "The security team decides what is watched and pays for it.",
            targets=((company.general("CC-6020"), ""),),
        ),
        Pool(
            "azure-backup", "Backup vaults", PROPORTIONAL, "azure-storage-gb", BILLING_MONTH, "BACKUP_BY_STORED_GB",
            "What is stored is what is backed up.",
        ),
        Pool(
            "edge-cdn", "Content delivery", PROPORTIONAL, "cdn-gb", BILLING_MONTH, "CDN_BY_GB",
            "The edge reports bytes per site, unless its report is missing.",
        ),
        Pool(
            "ci-runners", "Build runners", PROPORTIONAL, "ci-minutes", BILLING_MONTH, "CI_BY_MINUTES",
            "Build minutes are metered; an idle month is the platform team's own.",
            fallback=company.general("CC-6010"),
        ),
        Pool(
            "taxes", "Taxes", PROPORTIONAL, "spend", BILLING_MONTH, "TAX_BY_SPEND",
            "Taxes follow the charges they are levied on.", scope_by="source_id",
        ),
        Pool(
            "credits", "Credits", PROPORTIONAL, "spend", BILLING_MONTH, "CREDITS_BY_SPEND",
            "Company-wide credits follow spend.", scope_by="source_id",
        ),
        Pool(
            "commitments", "Unused commitments at Amazon", PROPORTIONAL, "ec2-spend", BILLING_MONTH,
            "COMMITMENTS_BY_EC2_SPEND", "Commitments are bought for everybody's compute.",
        ),
        Pool(
            "azure-commitments", "Unused reservations at Microsoft", PROPORTIONAL, "azure-spend", BILLING_MONTH,
            "RESERVATIONS_BY_SPEND", "Reservations are bought for everybody's compute.",
        ),
        Pool(
            "snowflake", "Shared data warehouse", PROPORTIONAL, "warehouse-credits", BILLING_MONTH,
            "SNOWFLAKE_BY_CREDITS", "Every query is run by somebody's role, and metered in credits.",
        ),
        Pool(
            "office-seats", "Office seats", PROPORTIONAL, SEATS_DRIVER, CHARGE_DAY, "OFFICE_BY_SEATS",
            "A seat costs the same wherever it is; who sits on it changes by the day.",
        ),
        Pool(
            "ai-prototypes", "Prototypes with models", PROPORTIONAL, PROTOTYPES_DRIVER, BILLING_MONTH,
            "PROTOTYPES_BY_TOKENS", "Every team that tries things out has a key of its own, which the vendor meters.",
        ),
        Pool(
            "coding-assistants", "Coding assistants", PROPORTIONAL, CODING_DRIVER, CHARGE_DAY, "CODING_BY_OUTPUT",
            "What a model writes is what a team asked it for; cached input follows the size of the code, not its use.",
        ),
        Pool(
            "virtualisation", "Hypervisors", PROPORTIONAL, "vm-hours", BILLING_MONTH, "HYPERVISORS_BY_VM_HOURS",
            "A hypervisor is used by the hour of the machines on it.",
        ),
        Pool(
            "adjustments", "Rounding", PROPORTIONAL, "spend", BILLING_MONTH, "ROUNDING_BY_SPEND",
            "Fractions of a cent follow spend.", scope_by="source_id",
        ),
    ]  # fmt: skip
