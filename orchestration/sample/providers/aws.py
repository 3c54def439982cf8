"""Amazon Web Services: Cost and Usage Report 2.0, as a data export writes it with a folder per execution."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from orchestration.sample.accounts import AWS, Account, Accounts
from orchestration.sample.calendar import Month, Slot, at, month_slot
from orchestration.sample.chance import digits, generator, guid, hexadecimal, pick, word
from orchestration.sample.company import Company, Ownership, pooled
from orchestration.sample.deliveries import Delivery, parts, write_csv_gz, write_json
from orchestration.sample.lines import (
    DAY,
    MONTH,
    Addition,
    Clock,
    Event,
    Lines,
    Stream,
    event_lines,
    gather,
    plan,
    shift,
    spends,
    usage,
)
from orchestration.sample.money import QUANTITY, Bools, Ints, cost, money, plain, round_to_cents, texts
from orchestration.sample.placement import Evidence, Item, Placement, lifetime, overridden, place
from orchestration.sample.providers.aws_columns import ADDED, COLUMNS, MAPS, NAMES, ZEROED
from orchestration.sample.table import ConstantColumns, tables

SOURCE_ID = "aws-main"
CURRENCY = "USD"
ISSUER = "Amazon Web Services, Inc."
SELLER = "Datadog, Inc."
EXPORT = "halden-cur2"
BUCKET = "halden-billing"
PREFIX = f"cur2/{EXPORT}"
SHARE_OF_ROWS = 0.6
MONTHLY_SPEND = money("1150000")
UNTAGGED_ELSEWHERE = money("155000")
REGIONS = ("us-east-1", "eu-west-1", "eu-central-1")
NAT_REGIONS = ("us-east-1", "eu-west-1")
_REGION_CODES = {"us-east-1": "", "eu-west-1": "EU-", "eu-central-1": "EUC1-"}
_LOCATIONS = {"us-east-1": "US East (N. Virginia)", "eu-west-1": "EU (Ireland)", "eu-central-1": "EU (Frankfurt)"}

EC2, RDS, S3, LAMBDA = "AmazonEC2", "AmazonRDS", "AmazonS3", "AWSLambda"
PRODUCT_NAMES = {
    EC2: "Amazon Elastic Compute Cloud",
    RDS: "Amazon Relational Database Service",
    S3: "Amazon Simple Storage Service",
    LAMBDA: "AWS Lambda",
    "AmazonDynamoDB": "Amazon DynamoDB",
    "AWSDataTransfer": "AWS Data Transfer",
    "AmazonRoute53": "Amazon Route 53",
    "AmazonCloudWatch": "AmazonCloudWatch",
    "AmazonGuardDuty": "Amazon GuardDuty",
    "CodeBuild": "CodeBuild",
    "AmazonCloudFront": "Amazon CloudFront",
    "AmazonEKS": "Amazon Elastic Container Service for Kubernetes",
    "AWSELB": "Elastic Load Balancing",
    "AmazonBedrock": "Amazon Bedrock",
    "AWSSupportEnterprise": "AWS Support (Enterprise)",
    "ComputeSavingsPlans": "Savings Plans for AWS Compute usage",
    "8d2k4v7q1x9s3m5p0r6t2w8yz": "Datadog Pro",
}
_TAXED = (EC2, RDS, S3)
_TAX_PERCENT = 3
_EC2_TYPES = (
    ("t3.nano", "0.0052"), ("t3.small", "0.0208"), ("t3.large", "0.0832"), ("m6i.large", "0.096"),
    ("m6i.xlarge", "0.192"), ("m6i.2xlarge", "0.384"), ("m6i.4xlarge", "0.768"), ("r6i.8xlarge", "2.016"),
    ("c6i.24xlarge", "4.08"), ("m6i.32xlarge", "6.144"), ("g5.48xlarge", "16.288"), ("p4d.24xlarge", "32.7726"),
    ("p5.48xlarge", "98.32"),
)  # fmt: skip
_RDS_TYPES = (
    ("db.t4g.micro", "0.016"), ("db.t4g.medium", "0.064"), ("db.m6g.large", "0.152"), ("db.r6g.xlarge", "0.43"),
    ("db.r6g.4xlarge", "1.72"), ("db.r6g.16xlarge", "6.88"),
)  # fmt: skip
# offer: weight, whether the resource has a name of its own
_OFFERS: dict[str, tuple[float, bool]] = {
    "instance": (0.34, False),
    "spot": (0.05, False),
    "volume": (0.10, False),
    "database": (0.20, True),
    "bucket": (0.12, True),
    "requests": (0.04, True),
    "function": (0.06, True),
    "table": (0.04, True),
    "transfer": (0.05, False),
}
# every estate has these, however small: enough instances for two savings plans, databases for a reservation
_FIRST = (*["instance"] * 9, *["database"] * 2, *_OFFERS)
# what runs is billed by the hour or day, never once a month
_RUNNING = {"instance", "spot", "database"}
_HOURS = 24


@dataclass(frozen=True)
class SavingsPlan:
    """A compute savings plan and what it commits to a day (10^-10 USD)."""

    arn: str
    payment: str
    commitment_per_day: int
    fee_stream: int
    upfront_stream: int | None


@dataclass(frozen=True)
class Reservation:
    """A number of reserved database instances; amounts per instance-hour."""

    arn: str
    count: int
    amortised: int
    recurring: int
    fee_stream: int
    upfront_stream: int


class AmazonBill:
    """The company's AWS bill: streams made once, then lines and deliveries per month."""

    source_id = SOURCE_ID
    kind = "aws_cur2"
    currency = CURRENCY
    tags = True
    tax_beside: int | None = None
    bounded = False

    def __init__(self, company: Company, accounts: Accounts, evidence: Evidence, seed: int, rows_a_month: int) -> None:
        self.company = company
        self.accounts = accounts
        self.evidence = evidence
        self.seed = seed
        self.rows_a_month = rows_a_month
        self.streams: list[Stream] = []
        self.additions: list[Addition] = []
        self.payer = accounts.one(AWS, "management")
        self._rng = generator(seed, "aws")
        self._extra_streams: dict[tuple[str, ...], int] = {}
        self._metered: list[int] = []
        self._plans: list[SavingsPlan] = []
        self._plan_of: dict[int, int] = {}
        self._negation_of: dict[int, int] = {}
        self._reservations: list[Reservation] = []
        self._reservation_of: dict[int, int] = {}
        self._first, self._last = company.calendar.months[0].first, company.calendar.until
        self._make_resources()
        self._make_shared_services()
        self._commit()

    # -- what there is ---------------------------------------------------------------------------------------------

    def _make_resources(self) -> None:
        rng = self._rng
        size = plan(self.rows_a_month, share=SHARE_OF_ROWS, fixed_rows=1100, running=0.59)
        names = list(_OFFERS)
        weights = [_OFFERS[name][0] for name in names]
        drafts = []
        for number, spend in enumerate(spends(size.resources, MONTHLY_SPEND, rng)):
            offer = _FIRST[number] if number < len(_FIRST) else pick(rng, names, weights)
            region = pick(rng, REGIONS, (6, 3, 1))
            drafts.append((offer, region, self._meter(offer, region, spend)))
        items = [Item(draft.rate * draft.per_day // QUANTITY * 30, _OFFERS[offer][1]) for offer, _, draft in drafts]
        placements = place(items, AWS, self.company, self.accounts, rng, untagged_elsewhere=UNTAGGED_ELSEWHERE)
        for (offer, region, stream), placement in zip(drafts, placements, strict=True):
            resource_id = self._resource_id(offer, region, placement)
            stream.ownership = overridden(placement, self.company, resource_id, self.evidence)
            if placement.needs_cmdb:
                self.evidence.cmdb.append((resource_id, "", stream.ownership))
            grain = size.grain(rng)
            stream.grain = DAY if grain == MONTH and offer in _RUNNING else grain
            if not placement.permanent:
                stream.first_day, stream.last_day = lifetime(rng, self._first, self._last)
            self.locate(stream, placement.account, region, resource_id, placement.tags)
            if offer in {"function", "requests"}:
                role = f"arn:aws:iam::{placement.account.account_id}:role/application"
                stream.constants[ADDED[0]] = role
            stream.flags.update(offer=offer, kind=placement.kind)
            self._metered.append(self.add(stream))

    def _meter(self, offer: str, region: str, spend: int) -> Stream:
        code = _REGION_CODES[region]
        if offer in {"instance", "spot"}:
            name, rate = _nearest(_EC2_TYPES, spend)
            if offer == "spot":
                stream = self.stream(
                    EC2, f"{code}SpotUsage:{name}", "Compute Instance", "Hrs", rate, "RunInstances:SV01"
                )
                stream.rate = rate * 3 // 10
                stream.kind = "spot"
                stream.constants["pricing_purchase_option"] = "Spot"
            else:
                stream = self.stream(EC2, f"{code}BoxUsage:{name}", "Compute Instance", "Hrs", rate, "RunInstances")
            stream.constants["product_instance_type"] = name
            stream.constants["product_instance_family"] = "General purpose"
            return self._running(stream)
        if offer == "database":
            name, rate = _nearest(_RDS_TYPES, spend)
            stream = self.stream(
                RDS, f"{code}InstanceUsage:{name}", "Database Instance", "Hrs", rate, "CreateDBInstance:0014"
            )
            stream.constants["product_instance_type"] = name
            return self._running(stream)
        product, usage_type, family, unit, price, operation = {
            "volume": (EC2, "EBS:VolumeUsage.gp3", "Storage", "GB-Mo", "0.08", "CreateVolume-Gp3"),
            "bucket": (S3, "TimedStorage-ByteHrs", "Storage", "GB-Mo", "0.023", "StandardStorage"),
            "requests": (S3, "Requests-Tier1", "API Request", "Requests", "0.000005", "PutObject"),
            "function": (LAMBDA, "Lambda-GB-Second", "Serverless", "Lambda-GB-Second", "0.0000166667", "Invoke"),
            "table": ("AmazonDynamoDB", "WriteRequestUnits", "Amazon DynamoDB PayPerRequest Throughput",
                      "WriteRequestUnits", "0.00000125", "CommittedThroughput"),
            "transfer": ("AWSDataTransfer", "DataTransfer-Out-Bytes", "Data Transfer", "GB", "0.09", "RunInstances"),
        }[offer]  # fmt: skip
        stream = self.stream(product, f"{code}{usage_type}", family, unit, money(price), operation)
        return self._spending(stream, spend)

    def _resource_id(self, offer: str, region: str, placement: Placement) -> str:
        rng = self._rng
        account = placement.account.account_id
        name = f"{placement.name_prefix or ''}{word(rng, 8)}"
        if offer in {"instance", "spot", "transfer"}:
            return f"i-0{hexadecimal(rng, 16)}"
        if offer == "volume":
            return f"vol-0{hexadecimal(rng, 16)}"
        if offer in {"bucket", "requests"}:
            return name
        if offer == "database":
            return f"arn:aws:rds:{region}:{account}:db:{name}"
        if offer == "function":
            return f"arn:aws:lambda:{region}:{account}:function:{name}"
        return f"arn:aws:dynamodb:{region}:{account}:table/{name}"

    def _make_shared_services(self) -> None:
        rng = self._rng
        network = self.accounts.one(AWS, "network")
        for region in NAT_REGIONS:
            code = _REGION_CODES[region]
            resource = f"arn:aws:ec2:{region}:{network.account_id}:natgateway/nat-0{hexadecimal(rng, 16)}"
            for usage_type, unit, price, spend in (
                ("NatGateway-Bytes", "GB", "0.045", "21000"),
                ("NatGateway-Hours", "Hrs", "0.045", "33"),
            ):
                stream = self.stream(EC2, f"{code}{usage_type}", "NAT Gateway", unit, money(price), "NatGateway")
                stream.kind = "nat_gateway"
                self._shared(self._spending(stream, money(spend)), "network", "nat-gateway", region, resource, "naming")
        offers = (
            ("dns", "dns", "AmazonRoute53", "DNS-Queries", "DNS Query", "Queries", "0.0000004", "2600", "dns"),
            ("dns", "dns", "AmazonRoute53", "HostedZone", "DNS Zone", "HostedZone", "0.5", "900", "dns"),
            ("monitoring", "monitoring", "AmazonCloudWatch", "CW:MetricMonitorUsage", "Metric", "Metrics", "0.3",
             "9000", "monitoring"),
            ("security", "security-tooling", "AmazonGuardDuty", "PaidEventsAnalyzed", "GuardDuty", "Events", "0.000004",
             "7000", "security"),
            ("cicd", "ci-runners", "CodeBuild", "Build-Min:Linux:g1.medium", "Compute", "minutes", "0.01",
             "8200", "ci"),
            ("edge", "edge-cdn", "AmazonCloudFront", "DataTransfer-Out-Bytes", "Data Transfer", "GB", "0.085",
             "16000", "cdn"),
        )  # fmt: skip
        for role, pool, product, usage_type, family, unit, price, spend, kind in offers:
            stream = self.stream(product, usage_type, family, unit, money(price), role)
            stream.kind = kind
            resource = f"arn:aws:{role}:us-east-1:{self.accounts.one(AWS, role).account_id}:shared/{word(rng, 10)}"
            self._shared(self._spending(stream, money(spend)), role, pool, "us-east-1", resource)
        product = next(code for code, name in PRODUCT_NAMES.items() if name == "Datadog Pro")
        stream = self.stream(product, "MP:hosts-units", "Marketplace", "Units", money("0.75"), "Hourly")
        stream.kind = "marketplace"
        stream.constants["bill_billing_entity"] = "AWS Marketplace"
        stream.constants["line_item_legal_entity"] = SELLER
        stream.flags["marketplace"] = True
        self._shared(self._spending(stream, money("17500")), "monitoring", "monitoring", "us-east-1", "")

    def _shared(
        self, stream: Stream, role: str, pool: str, region: str, resource: str, method: str = "default"
    ) -> None:
        stream.ownership = pooled(pool, method)
        self.locate(stream, self.accounts.one(AWS, role), region, resource, {})
        self._metered.append(self.add(stream))

    def _commit(self) -> None:
        """Buy two savings plans and reservations, in an account that buys and does nothing else."""
        buyer = self.accounts.one(AWS, "commitments")
        steady = [
            index
            for index in self._metered
            if self.streams[index].flags.get("offer") == "instance" and self.streams[index].grain != MONTH
        ]
        steady.sort(key=lambda index: (-self.streams[index].rate, index))
        # the dearest instances stay on demand: nobody commits to what may be gone next month
        for number, (payment, members) in enumerate((("No Upfront", steady[3::3]), ("All Upfront", steady[4::6]))):
            arn = f"arn:aws:savingsplans::{buyer.account_id}:savingsplan/{guid(self._rng)}"
            per_day = 0
            for index in members:
                if index in self._plan_of:
                    continue
                self._plan_of[index] = number
                stream = self.streams[index]
                stream.kind = "savings_plan_covered"
                stream.effective_rate = stream.rate * 7 // 10
                stream.constants.update(
                    self._plan_columns(arn, payment),
                    line_item_line_item_type="SavingsPlanCoveredUsage",
                    savings_plan_savings_plan_rate=plain(stream.effective_rate),
                    pricing_purchase_option="On Demand",
                )
                stream.constants["line_item_line_item_description"] += " covered by Compute Savings Plans"
                per_day += stream.effective_rate * _HOURS
                self._negation_of[index] = self._negation(stream, arn, payment)
            commitment = -(-(per_day * 26 // 25) // (_HOURS * money("0.001"))) * _HOURS * money("0.001")
            fee = self._fee("ComputeSavingsPlans", "SavingsPlanRecurringFee", "savings_plan_fee", buyer, arn)
            self.streams[fee].constants.update(self._plan_columns(arn, payment))
            upfront = None
            if payment == "All Upfront":
                upfront = self._fee("ComputeSavingsPlans", "SavingsPlanUpfrontFee", "savings_plan_upfront", buyer, arn)
                self.streams[upfront].constants.update(self._plan_columns(arn, payment))
            self._plans.append(SavingsPlan(arn, payment, commitment, fee, upfront))
        self._reserve(buyer)

    def _reserve(self, buyer: Account) -> None:
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index in self._metered:
            stream = self.streams[index]
            if stream.flags.get("offer") == "database" and stream.grain != MONTH:
                key = (stream.constants["product_region_code"], stream.constants["product_instance_type"])
                groups[key].append(index)
        largest = sorted(groups, key=lambda key: (-len(groups[key]), key))[:2]
        for number, (region, instance) in enumerate(largest):
            members = groups[(region, instance)][: max(2, len(groups[(region, instance)]) // 2)]
            arn = f"arn:aws:rds:{region}:{buyer.account_id}:ri:ri-{hexadecimal(self._rng, 12)}"
            rate = self.streams[members[0]].rate
            amortised, recurring = rate // 4, rate * 35 // 100
            for index in members:
                stream = self.streams[index]
                self._reservation_of[index] = number
                stream.kind = "reservation_used"
                stream.rate = 0
                stream.effective_rate = amortised + recurring
                stream.constants.update(
                    line_item_line_item_type="DiscountedUsage",
                    line_item_unblended_rate="0.0",
                    reservation_reservation_a_r_n=arn,
                    pricing_term="Reserved",
                    pricing_purchase_option="Partial Upfront",
                    pricing_lease_contract_length="1yr",
                    pricing_offering_class="standard",
                    reservation_subscription_id=digits(self._rng, 10),
                )
            fee = self._fee(RDS, "RIFee", "reservation_fee", buyer, "")
            upfront = self._fee(RDS, "Fee", "reservation_upfront", buyer, "")
            for index in (fee, upfront):
                self.streams[index].constants.update(
                    reservation_reservation_a_r_n=arn,
                    pricing_term="Reserved",
                    pricing_purchase_option="Partial Upfront",
                    pricing_lease_contract_length="1yr",
                    reservation_number_of_reservations=str(len(members) + 1),
                    product_instance_type=instance,
                    product_region_code=region,
                )
            self.streams[upfront].constants["bill_bill_type"] = "Purchase"
            self._reservations.append(Reservation(arn, len(members) + 1, amortised, recurring, fee, upfront))

    # -- building blocks -------------------------------------------------------------------------------------------

    def add(self, stream: Stream) -> int:
        """Add a stream; returns its number."""
        self.streams.append(stream)
        return len(self.streams) - 1

    def stream(self, product: str, usage_type: str, family: str, unit: str, rate: int, operation: str) -> Stream:
        """Return a stream of a usage type at a price per unit."""
        sku = hexadecimal(self._rng, 16).upper()
        constants = dict.fromkeys(ZEROED, "0.0")
        constants.update(dict.fromkeys(MAPS, "{}"))
        constants.update(
            bill_bill_type="Anniversary",
            bill_billing_entity="AWS",
            bill_invoicing_entity=ISSUER,
            bill_payer_account_id=self.payer.account_id,
            bill_payer_account_name=self.payer.name,
            identity_line_item_id=word(self._rng, 52),
            line_item_currency_code=CURRENCY,
            line_item_legal_entity=ISSUER,
            line_item_line_item_description=f"${plain(rate)} per {unit} of {usage_type}",
            line_item_line_item_type="Usage",
            line_item_operation=operation,
            line_item_product_code=product,
            line_item_unblended_rate=plain(rate),
            line_item_blended_rate=plain(rate),
            line_item_usage_type=usage_type,
            pricing_currency=CURRENCY,
            pricing_public_on_demand_rate=plain(rate),
            pricing_rate_code=f"{sku}.JRTCKXETXF.6YS6EN2CT7",
            pricing_rate_id=digits(self._rng, 10),
            pricing_term="OnDemand",
            pricing_unit=unit,
            product_product_family=family,
            product_servicecode=product,
            product_sku=sku,
            product_usagetype=usage_type,
            product_operation=operation,
        )
        return Stream(constants, "usage", (), rate=rate, list_rate=rate)

    def _running(self, stream: Stream) -> Stream:
        stream.per_day = _HOURS * QUANTITY
        stream.steady = True
        stream.constants["line_item_unblended_rate"] = plain(stream.rate)
        stream.effective_rate = stream.rate
        return stream

    def _spending(self, stream: Stream, spend: int) -> Stream:
        per_day = spend // 30 * QUANTITY // stream.rate
        stream.per_day = max(per_day, QUANTITY)
        stream.effective_rate = stream.rate
        return stream

    def locate(self, stream: Stream, account: Account, region: str, resource_id: str, tags: dict[str, str]) -> None:
        """Say where a stream's thing is: account, region, resource, tags."""
        product = stream.constants["line_item_product_code"]
        details = {"product_name": PRODUCT_NAMES[product], "region": region}
        shown = {f"user_{_snake(key)}": value for key, value in tags.items()}
        original = {f"resourceTags/user:{key}": value for key, value in tags.items()}
        if tags and product == EC2 and sum(map(ord, resource_id)) % 4 == 0:
            # a tag of the provider's own: it says who made the thing, not who owns it
            shown["aws_created_by"] = original["resourceTags/aws:createdBy"] = "AssumedRole:deployer"
        stream.constants.update(
            line_item_usage_account_id=account.account_id,
            line_item_usage_account_name=account.name,
            line_item_availability_zone=f"{region}a" if product == EC2 else None,
            line_item_resource_id=resource_id or None,
            product=json.dumps(details),
            product_region_code=region,
            product_location=_LOCATIONS[region],
            product_location_type="AWS Region",
            resource_tags=json.dumps(shown),
            tags=json.dumps(original),
        )
        stream.flags["account"] = account
        stream.flags["tagged"] = bool(tags)

    def _plan_columns(self, arn: str, payment: str) -> dict[str, str]:
        return {
            "savings_plan_savings_plan_a_r_n": arn,
            "savings_plan_offering_type": "ComputeSavingsPlans",
            "savings_plan_payment_option": payment,
            "savings_plan_purchase_term": "1yr",
            "savings_plan_start_time": f"{self._first:%Y-%m-%d}T00:00:00.000Z",
            "savings_plan_end_time": f"{self._first.replace(year=self._first.year + 1):%Y-%m-%d}T00:00:00.000Z",
        }

    def _negation(self, covered: Stream, arn: str, payment: str) -> int:
        source = covered.constants
        account: Account = covered.flags["account"]
        key = ("negation", arn, account.account_id, source["line_item_usage_type"], source["line_item_operation"])
        if key not in self._extra_streams:
            stream = self.stream(
                EC2,
                source["line_item_usage_type"],
                source["product_product_family"],
                source["pricing_unit"],
                covered.rate,
                source["line_item_operation"],
            )
            stream.kind = "savings_plan_negation"
            stream.ownership = covered.ownership
            self.locate(stream, account, source["product_region_code"], "", {})
            stream.constants.update(
                self._plan_columns(arn, payment),
                line_item_line_item_type="SavingsPlanNegation",
                line_item_line_item_description=f"SavingsPlanNegation used by AccountId : {account.account_id}",
                pricing_public_on_demand_rate=None,
                line_item_unblended_rate=None,
                pricing_term=None,
            )
            self._extra_streams[key] = self.add(stream)
        return self._extra_streams[key]

    def _fee(self, product: str, line_type: str, kind: str, account: Account, resource_id: str) -> int:
        stream = self.stream(product, f"{line_type}-1yr", "Fee", "Fee", 0, line_type)
        stream.kind = kind
        stream.ownership = pooled("commitments")
        self.locate(stream, account, "us-east-1", resource_id, {})
        stream.constants.update(
            line_item_line_item_type=line_type,
            line_item_line_item_description=f"{line_type} of a one-year commitment",
            pricing_public_on_demand_rate=None,
            line_item_unblended_rate=None,
            pricing_term=None,
            pricing_rate_code=None,
        )
        return self.add(stream)

    def _single(
        self, name: str, line_type: str, product: str, account: Account, ownership: Ownership, kind: str
    ) -> int:
        """Return a stream without resource and tags for single lines of an account; made once."""
        key = ("single", name, line_type, product, account.account_id)
        if key not in self._extra_streams:
            stream = self.stream(product, name, "Fee", "Dollar", 0, line_type)
            stream.kind = kind
            stream.ownership = ownership
            self.locate(stream, account, "us-east-1", "", {})
            stream.constants.update(
                line_item_line_item_type=line_type,
                line_item_line_item_description=name,
                line_item_unblended_rate=None,
                pricing_public_on_demand_rate=None,
                pricing_term=None,
                pricing_rate_code=None,
                pricing_unit=None,
                line_item_availability_zone=None,
            )
            if line_type in {"Tax", "Credit"}:
                stream.constants.update(product_region_code=None, product_location=None)
            if line_type == "Tax":
                stream.constants["line_item_tax_type"] = "USSalesTax"
            if line_type == "Refund":
                stream.constants["bill_bill_type"] = "Refund"
            self._extra_streams[key] = self.add(stream)
        return self._extra_streams[key]

    # -- a month ---------------------------------------------------------------------------------------------------

    def lines(self, month: Month) -> Lines:
        """Every line of a billing month, as the delivery in force has it."""
        clock = Clock.of(self.company.calendar, month)
        metered = usage(self.streams, self._metered, clock, generator(self.seed, f"aws-{month.key}"))
        self._discount(metered)
        negations = self._negations(metered)
        events = [*self._commitment_events(month, metered), *self._account_events(month, metered)]
        events += [event for addition in self.additions for event in addition.events(month)]
        return gather(clock.slots, [metered, negations, event_lines(clock.slots, events)])

    def _discount(self, lines: Lines) -> None:
        """Amortised cost of covered and reserved usage; covered usage is not billed."""
        rates = np.array([stream.effective_rate for stream in self.streams], dtype=np.int64)
        committed = np.zeros(len(self.streams), dtype=np.bool_)
        committed[list(self._plan_of)] = True
        committed[list(self._reservation_of)] = True
        reserved = np.zeros(len(self.streams), dtype=np.bool_)
        reserved[list(self._reservation_of)] = True
        rows, reserved_rows = committed[lines.stream], reserved[lines.stream]
        amortised = cost(rates[lines.stream], lines.quantity)
        lines.effective = np.where(rows, amortised, lines.billed)
        lines.billed = np.where(rows, 0, lines.billed)
        upfront = np.zeros(len(self.streams), dtype=np.int64)
        for index, number in self._reservation_of.items():
            upfront[index] = self._reservations[number].amortised
        upfront_cost = cost(upfront[lines.stream], lines.quantity)
        lines.extra = {
            "savings_plan_savings_plan_effective_cost": np.where(rows & ~reserved_rows, amortised, 0),
            "reservation_effective_cost": np.where(reserved_rows, amortised, 0),
            "reservation_amortized_upfront_cost_for_usage": upfront_cost,
            "reservation_recurring_fee_for_usage": np.where(reserved_rows, amortised - upfront_cost, 0),
        }

    def _negations(self, metered: Lines) -> Lines:
        """Return what the covered lines cost on demand, taken back per plan, account, usage type and interval."""
        target = np.full(len(self.streams), -1, dtype=np.int64)
        for covered, negation in self._negation_of.items():
            target[covered] = negation
        group = target[metered.stream]
        rows = group >= 0
        width = len(metered.slots)
        keys, inverse = np.unique(group[rows] * width + metered.slot[rows], return_inverse=True)
        amounts = np.zeros(len(keys), dtype=np.int64)
        quantities = np.zeros(len(keys), dtype=np.int64)
        np.add.at(amounts, inverse, metered.native[rows])
        np.add.at(quantities, inverse, metered.quantity[rows])
        nothing = np.zeros(len(keys), dtype=np.int64)
        never = np.zeros(len(keys), dtype=np.bool_)
        return Lines(
            metered.slots, keys // width, keys % width, quantities, -amounts, nothing, nothing, nothing, never, never
        )

    def _commitment_events(self, month: Month, metered: Lines) -> list[Event]:
        events = []
        days = self.company.calendar.days(month)
        plan_number = np.full(len(self.streams), -1, dtype=np.int64)
        for index, number in self._plan_of.items():
            plan_number[index] = number
        of_plan = plan_number[metered.stream]
        day_of_row = metered.slot_dates() - month.first.toordinal()
        whole_month = month_slot(month)
        for number, savings_plan in enumerate(self._plans):
            used = np.zeros(31, dtype=np.int64)
            rows = of_plan == number
            np.add.at(used, day_of_row[rows], metered.effective[rows])
            upfront = savings_plan.upfront_stream is not None
            per_day = savings_plan.commitment_per_day
            for day in range(days):
                start = at(shift(month.first, day))
                events.append(
                    Event(
                        savings_plan.fee_stream,
                        Slot(start, start + timedelta(days=1)),
                        native=0 if upfront else per_day,
                        billed=0 if upfront else per_day,
                        effective=per_day - int(used[day]),
                        quantity=QUANTITY,
                        extra={
                            "savings_plan_total_commitment_to_date": per_day,
                            "savings_plan_used_commitment": int(used[day]),
                        },
                    )
                )
            if savings_plan.upfront_stream is not None and month.first == self._first:
                price = per_day * 365
                events.append(Event(savings_plan.upfront_stream, whole_month, price, price, 0, quantity=QUANTITY))
        hours = days * _HOURS
        of_reservation = np.full(len(self.streams), -1, dtype=np.int64)
        for index, number in self._reservation_of.items():
            of_reservation[index] = number
        reservation_rows = of_reservation[metered.stream]
        for number, reservation in enumerate(self._reservations):
            used_hours = int(metered.quantity[reservation_rows == number].sum())
            reserved_hours = reservation.count * hours * QUANTITY
            unused = reserved_hours - used_hours
            fee = reservation.recurring * reservation.count * hours
            unused_recurring = reservation.recurring * unused // QUANTITY
            unused_upfront = reservation.amortised * unused // QUANTITY
            events.append(
                Event(
                    reservation.fee_stream,
                    whole_month,
                    fee,
                    fee,
                    unused_recurring + unused_upfront,
                    quantity=reserved_hours,
                    extra={
                        "reservation_unused_recurring_fee": unused_recurring,
                        "reservation_unused_amortized_upfront_fee_for_billing_period": unused_upfront,
                        "reservation_amortized_upfront_fee_for_billing_period": reservation.amortised
                        * reservation.count
                        * hours,
                    },
                )
            )
            if month.first == self._first:
                price = reservation.amortised * reservation.count * 365 * _HOURS
                events.append(
                    Event(reservation.upfront_stream, whole_month, price, price, 0, reservation.count * QUANTITY)
                )
        return events

    def _account_events(self, month: Month, metered: Lines) -> list[Event]:
        """Lines of accounts, without resource and tags: support, taxes, credits, refunds, discounts."""
        events = []
        whole_month = month_slot(month)
        by_stream = np.zeros(len(self.streams), dtype=np.int64)
        np.add.at(by_stream, metered.stream, metered.billed)
        taxable: dict[tuple[Account, str], int] = defaultdict(int)
        total = 0
        for index in self._metered:
            stream = self.streams[index]
            amount = int(by_stream[index])
            total += amount
            product = stream.constants["line_item_product_code"]
            if product in _TAXED:
                taxable[(stream.flags["account"], product)] += amount
        support = round_to_cents(total * 25 // 1000)
        stream_index = self._single(
            "Enterprise Support", "Fee", "AWSSupportEnterprise", self.payer, pooled("enterprise-support"), "support"
        )
        events.append(Event(stream_index, whole_month, support, support, support, QUANTITY))
        for (account, product), amount in sorted(taxable.items(), key=lambda item: (item[0][0].account_id, item[0][1])):
            tax = round_to_cents(amount * _TAX_PERCENT // 100)
            if tax:
                ownership = account.ownership or pooled("taxes")
                name = f"US Sales Tax for {PRODUCT_NAMES[product]}"
                index = self._single(name, "Tax", product, account, ownership, "tax")
                events.append(Event(index, whole_month, tax, tax, tax))
        dedicated = self.accounts.of(AWS, "dedicated")
        first, second, third = dedicated[:3]
        if first.ownership is None or second.ownership is None or third.ownership is None:
            raise AssertionError("a dedicated account must be owned")
        singles = [
            ("Migration Acceleration Program credit", "Credit", EC2, self.payer, pooled("credits"), "credit", "-7350"),
            ("Service level credit", "Credit", S3, first, first.ownership, "credit", "-41.37"),
            ("EDP discount on storage", "EdpDiscount", S3, second, second.ownership, "edp_discount", "-38.6123456789"),
            ("Refund for failed instances", "Refund", RDS, third, third.ownership, "refund", "-12.4"),
        ]
        for name, line_type, product, account, owner, kind, text in singles:
            index = self._single(name, line_type, product, account, owner, kind)
            amount = money(text)
            events.append(Event(index, whole_month, amount, amount, amount))
        if month.first != self._first:
            day = at(month.previous.day(12))
            index = self._single("Refund of an earlier month", "Refund", RDS, first, first.ownership, "correction")
            amount = money("-189.55")
            events.append(Event(index, Slot(day, day + timedelta(days=1)), amount, amount, amount))
        return events

    # -- delivery --------------------------------------------------------------------------------------------------

    def invoice_ids(self, month: Month) -> tuple[str, str]:
        """Return the numbers of a month's invoices: AWS, AWS Marketplace."""
        rng = generator(self.seed, f"aws-invoice-{month.key}")
        return digits(rng, 10), digits(rng, 10)

    def invoice_of(self, lines: Lines, month: Month) -> list[tuple[str, str, str, Ints]]:
        """Return the month's invoices: id, billing account, issuer, and the rows each bills."""
        market = np.array([bool(stream.flags.get("marketplace")) for stream in self.streams])[lines.stream]
        amazon, marketplace = self.invoice_ids(month)
        return [
            (amazon, self.payer.account_id, ISSUER, np.flatnonzero(~market)),
            (marketplace, self.payer.account_id, ISSUER, np.flatnonzero(market)),
        ]

    def tax_rows(self, lines: Lines) -> Bools:
        """Which lines are tax."""
        return np.array([stream.kind == "tax" for stream in self.streams])[lines.stream]

    def deliver(self, location: Path, month: Month, lines: Lines) -> list[Delivery]:
        """Write every execution of a month, oldest first; the last one is in force."""
        calendar = self.company.calendar
        rng = generator(self.seed, f"aws-deliveries-{month.key}")
        final = not calendar.is_open(month)
        dates = lines.slot_dates()
        executions: list[tuple[datetime, Lines, bool]] = []
        for day in (2, 3) if month != calendar.middle else (3,):
            if day < calendar.days(month):
                known = np.flatnonzero((dates < month.day(day).toordinal()) & (dates >= month.first.toordinal()))
                executions.append((at(month.day(day), hour=6), lines.take(known), False))
        closing = at(shift(month.next.first if final else shift(calendar.until, 1), 2), hour=6)
        if month == calendar.middle:
            late = np.flatnonzero(generator(self.seed, "aws-late").random(len(lines)) >= 0.01)
            early = lines.take(late)
            early.native = np.where(early.stream % 17 == 3, early.native * 97 // 100, early.native)
            executions.append((closing, early, final))
            closing += timedelta(days=9)
        executions.append((closing, lines, final))
        names = (*NAMES, ADDED[0]) if month == calendar.months[-1] else NAMES
        constant = ConstantColumns([(name, pa.string()) for name in names], self.streams)
        deliveries = []
        for number, (moment, content, invoiced) in enumerate(executions):
            newest = number == len(executions) - 1
            run = f"{moment:%Y%m%dT%H%M%SZ}-{guid(rng)}"
            delivery = Delivery(SOURCE_ID, month.key, EXPORT, run, newest)
            limit = min(200_000, max(len(lines) // 2 + 1, 1000))
            for part, (start, end) in enumerate(parts(len(content), limit), start=1):
                path = f"{PREFIX}/data/BILLING_PERIOD={month.key}/{run}/{EXPORT}-{part:05d}.csv.gz"
                chunk = content.take(np.arange(start, end, dtype=np.int64))
                rows = tables(constant, chunk, partial(self._varying, month=month, invoiced=invoiced))
                delivery.files.append(write_csv_gz(location, path, rows))
            columns = (*COLUMNS, ADDED) if len(names) > len(NAMES) else COLUMNS
            self._manifest(location, month, delivery, columns, named=bool(number % 2), newest=newest)
            deliveries.append(delivery)
        return deliveries

    def _manifest(
        self,
        location: Path,
        month: Month,
        delivery: Delivery,
        columns: tuple[tuple[str, str], ...],
        *,
        named: bool,
        newest: bool,
    ) -> None:
        uris = [f"s3://{BUCKET}/{file.path}" for file in delivery.files]
        sized = [{"s3Uri": uri, "size": file.size} for uri, file in zip(uris, delivery.files, strict=True)]
        content = {
            "exportName": EXPORT,
            "executionId": delivery.run,
            "billingPeriod": month.key,
            "dataFiles": uris if named else sized,
            "columns": [{"name": name, "type": kind} for name, kind in columns],
        }
        folder = f"{PREFIX}/metadata/BILLING_PERIOD={month.key}"
        write_json(location, f"{folder}/{delivery.run}/{EXPORT}-Manifest.json", content)
        if newest:
            write_json(location, f"{folder}/{EXPORT}-Manifest.json", content)

    def _varying(self, lines: Lines, month: Month, invoiced: bool) -> dict[str, pa.Array]:
        starts = pa.array([f"{slot.start:%Y-%m-%dT%H:%M:%S.000Z}" for slot in lines.slots])
        ends = pa.array([f"{slot.end:%Y-%m-%dT%H:%M:%S.000Z}" for slot in lines.slots])
        intervals = pa.array([f"{slot.start:%Y-%m-%dT%H:%M:%SZ}/{slot.end:%Y-%m-%dT%H:%M:%SZ}" for slot in lines.slots])
        slot = pa.array(lines.slot)
        count = len(lines)
        amazon, marketplace = self.invoice_ids(month)
        ids = pa.array([marketplace if stream.flags.get("marketplace") else amazon for stream in self.streams])
        costs = texts(lines.native)
        columns = {
            "bill_billing_period_start_date": pa.repeat(f"{month.first:%Y-%m-%d}T00:00:00.000Z", count),
            "bill_billing_period_end_date": pa.repeat(f"{month.next.first:%Y-%m-%d}T00:00:00.000Z", count),
            "bill_invoice_id": ids.take(pa.array(lines.stream)) if invoiced else pa.nulls(count, pa.string()),
            "identity_time_interval": intervals.take(slot),
            "line_item_usage_start_date": starts.take(slot),
            "line_item_usage_end_date": ends.take(slot),
            "line_item_usage_amount": texts(lines.quantity, 4),
            "line_item_unblended_cost": costs,
            "line_item_blended_cost": costs,
            "pricing_public_on_demand_cost": texts(np.where(lines.listed, lines.list_cost, 0)),
        }
        for name, values in lines.extra.items():
            columns[name] = texts(values)
        return columns


def _nearest(types: tuple[tuple[str, str], ...], spend: int) -> tuple[str, int]:
    """Return the instance type whose month comes closest to the spend."""
    name, price = min(types, key=lambda entry: abs(money(entry[1]) * 730 - spend))
    return name, money(price)


def _snake(key: str) -> str:
    """Return the lossy lower snake case in which resource_tags shows a tag key."""
    text = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key.replace("-", "_"))
    while "__" in text:
        text = text.replace("__", "_")
    return text.strip("_")


def service_name(stream: Stream) -> str:
    """Return the service's name as a person reads it on the bill."""
    return PRODUCT_NAMES[stream.constants["line_item_product_code"]]


def is_usage(stream: Stream) -> bool:
    """Whether the stream's lines are usage (not fees, taxes, credits, refunds)."""
    usage_types = {"Usage", "SavingsPlanCoveredUsage", "DiscountedUsage"}
    return stream.constants["line_item_line_item_type"] in usage_types
