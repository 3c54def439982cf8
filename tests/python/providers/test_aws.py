"""AWS: what becomes of each type of line item, of commitments, discounts, splits, the marketplace and open months."""

from __future__ import annotations

import json
from decimal import Decimal

from tests.python.providers.conftest import Built

PLAN = "arn:aws:savingsplans::111111111111:savingsplan/"
RESERVATION = "arn:aws:ec2:eu-west-1:111111111111:reserved-instances/"
SAME_CHARGES = """
    select * exclude ({}x_source_id, x_source_file, x_delivery_id, x_charge_id, x_identity_id, x_provider_columns),
        x_charge_id % 8
    from finance.focus_cost_and_usage where x_source_id = $1
"""
CHARGES_OF_A_LINE = {
    "BundledDiscount": (1, 1),
    "Credit": (1, 1),
    "DiscountedUsage": (2, 2),
    "EdpDiscount": (1, 1),
    "Fee": (2, 2),
    "PrivateRateDiscount": (1, 1),
    # the fee, and what of it nobody used
    "RIFee": (2, 4),
    "Refund": (3, 3),
    "SavingsPlanCoveredUsage": (3, 3),
    # it takes back what the covered lines were billed; one takes back less, and leaves the difference
    "SavingsPlanNegation": (2, 1),
    # of three fees one is used up
    "SavingsPlanRecurringFee": (3, 5),
    "SavingsPlanUpfrontFee": (1, 1),
    "ServiceCompensation": (1, 1),
    "Tax": (2, 2),
    "Usage": (10, 10),
}


def test_a_line_item_gives_as_many_charges_as_its_type_says(built: Built) -> None:
    found = built.query(
        """
        with charges as (
            select _charge_id >> 3 as line, count(*) as charges
            from (select x_charge_id as _charge_id from finance.focus_cost_and_usage where x_source_id = 'aws-cur2')
            group by line
        )
        select line_item_line_item_type, count(*), sum(coalesce(charges, 0))
        from landing.aws_cur2 as lines
        left join charges on lines._charge_id >> 3 = charges.line
        where _source_id = 'aws-cur2' and _billing_period = '2026-05'
        group by 1
        """
    )

    assert {kind: (lines, charges) for kind, lines, charges in found} == CHARGES_OF_A_LINE


def test_a_savings_plan_is_bought_used_and_left_unused(built: Built) -> None:
    columns = "ChargeCategory, CommitmentDiscountStatus, BilledCost, EffectiveCost, CommitmentDiscountQuantity"
    of_plan = f"CommitmentDiscountId = '{PLAN}sp-1' and x_billing_period = "

    assert built.charges("aws_cur2", columns, of_plan + "'2026-05'") == [
        ("Usage", "Used", 0, 3, 3),
        ("Usage", "Used", 0, Decimal("1.5"), Decimal("1.5")),
        ("Purchase", None, 5, 0, 5),
        ("Usage", "Unused", 0, Decimal("0.5"), Decimal("0.5")),
    ]
    # 10 % off: 7 + 1 of 8 committed cost 6.3 + 0.9 of 7.2 paid
    assert built.charges("aws_cur2", columns, of_plan + "'2026-06'") == [
        ("Usage", "Used", 0, Decimal("6.3"), 7),
        ("Purchase", None, Decimal("7.2"), 0, 8),
        ("Usage", "Unused", 0, Decimal("0.9"), 1),
    ]


def test_what_a_negation_does_not_take_back_is_billed(built: Built) -> None:
    found = built.charges("aws_cur2", "ChargeCategory, BilledCost, EffectiveCost, x_source_row", "x_charge_id % 8 = 2")

    assert found == [("Adjustment", Decimal("0.1"), 0, 11)]


def test_a_reservation_is_paid_upfront_or_monthly_and_its_rest_is_unused(built: Built) -> None:
    columns = (
        "ChargeCategory, ChargeFrequency, CommitmentDiscountStatus, BilledCost, EffectiveCost, ListCost, ResourceId"
    )
    may = "x_billing_period = '2026-05' and CommitmentDiscountId = "

    assert built.charges(
        "aws_cur2", columns, f"{may} '{RESERVATION}r-1' and x_source_changes not like '%amortised%'"
    ) == [("Usage", "Usage-Based", "Unused", 0, 1, 0, f"{RESERVATION}r-1")]
    assert built.charges("aws_cur2", columns, f"{may} '{RESERVATION}r-1' and x_source_changes is null") == [
        ("Purchase", "One-Time", None, 240, 0, 240, f"{RESERVATION}r-1"),
        ("Usage", "Usage-Based", "Used", 0, 2, 4, "i-3"),
        ("Purchase", "Recurring", None, 0, 0, 0, f"{RESERVATION}r-1"),
    ]
    assert built.charges("aws_cur2", columns, f"{may} '{RESERVATION}r-2'") == [
        ("Usage", "Usage-Based", "Used", 0, 24, 36, "i-4"),
        ("Purchase", "Recurring", None, 30, 0, 30, f"{RESERVATION}r-2"),
        ("Usage", "Usage-Based", "Unused", 0, 6, 0, f"{RESERVATION}r-2"),
    ]


def test_discounts_are_rows_or_inline_as_the_bill_has_them(built: Built) -> None:
    discounts = "x_billing_period, ChargeCategory, BilledCost"
    usage = "BilledCost, ContractedCost, ListCost, ContractedUnitPrice, ListUnitPrice"

    assert built.charges("aws_cur2", discounts, "x_provider_columns like '%Discount\"%' and x_charge_id % 8 = 0") == [
        ("2026-05", "Adjustment", -2),
        ("2026-05", "Adjustment", -1),
        ("2026-05", "Adjustment", Decimal("-0.25")),
        ("2026-06", "Adjustment", 0),
    ]
    assert built.charges("aws_cur2", usage, "x_billing_period = '2026-06' and ResourceId = 'i-1'") == [
        (90, 90, 100, Decimal("0.45"), Decimal("0.5"))
    ]
    # unblended costs sum to 496.69, net ones to 496.70: the difference is a charge
    assert built.charges("aws_cur2", "ChargeCategory, BilledCost", "x_charge_id % 8 = 3") == [
        ("Adjustment", Decimal("-0.01"))
    ]


def test_pods_and_tasks_are_never_added_on_top_of_their_machine(built: Built) -> None:
    found = built.charges(
        "aws_cur2",
        "ServiceName, BilledCost, EffectiveCost, ListCost, x_provider_columns, Tags",
        "SubAccountId = '333333333333' and InvoiceId = '1001'",
    )

    assert [row[:4] for row in found] == [
        ("Amazon Elastic Compute Cloud", 8, 8, 8),
        ("Amazon Elastic Kubernetes Service", 0, 0, 0),
        ("Amazon Elastic Kubernetes Service", 0, 0, 0),
        ("Amazon Elastic Container Service", 0, 0, 0),
    ]
    split = [json.loads(row[4]) for row in found[1:3]]
    assert [pod["split_line_item_parent_resource_id"] for pod in split] == ["i-5", "i-5"]
    names = ("split_line_item_split_cost", "split_line_item_unused_cost")
    assert sum(Decimal(pod[name]) for pod in split for name in names) == 8
    assert json.loads(found[1][5])["aws:eks:namespace"] == "shop"


def test_the_marketplace_bills_for_its_sellers_on_an_invoice_of_its_own(built: Built) -> None:
    parties = "ServiceProviderName, HostProviderName, InvoiceIssuerName, ServiceName, BilledCost"
    invoices = "InvoiceIssuerName, InvoiceId, sum(BilledCost)"
    issuer = "Amazon Web Services EMEA SARL"

    assert built.charges("aws_cur2", parties, "InvoiceId = 'MP-77'") == [
        ("Fjord Metrics, Inc.", "AWS", issuer, "Fjord Metrics Pro", 40),
        ("Fjord Metrics, Inc.", "AWS", issuer, "b7k9fjordmetrics", 8),
        ("AWS", "AWS", issuer, "Some Model (Amazon Bedrock Edition)", 3),
    ]
    amazon = "Amazon Web Services, Inc."
    assert built.charges("aws_cur2", invoices, "x_billing_period = '2026-05' group by 1, 2", order="1, 2") == [
        (issuer, "MP-77", 51),
        (amazon, "1001", Decimal("184.7000000007")),
        (amazon, "1002", 240),
        (amazon, "1003", Decimal("-4.5")),
    ]


def test_a_month_is_estimated_until_it_is_invoiced(built: Built) -> None:
    states = "x_billing_period, x_cost_state, count(*), sum(BilledCost)"

    # of the open month, the reservation that was bought is invoiced at once
    assert built.charges("aws_cur2", states, "true group by 1, 2", order="1, 2") == [
        ("2026-05", "invoiced", 38, Decimal("471.2000000007")),
        ("2026-06", "estimated", 10, Decimal("131.69")),
        ("2026-06", "invoiced", 1, 365),
    ]


def test_tags_as_people_wrote_them_win_over_those_in_snake_case(built: Built) -> None:
    found = built.charges("aws_cur2", "x_billing_period, Tags", "ResourceId = 'i-1'")

    assert found == [
        ("2026-05", '{"CostCenter":"CC-1","aws:createdBy":"Root"}'),
        ("2026-06", '{"cost_center":"CC-1"}'),
    ]


def test_refunds_correct_what_they_refund_and_unknown_lines_say_so(built: Built) -> None:
    columns = "ChargeCategory, ChargeClass, BilledCost, EffectiveCost"

    assert built.charges("aws_cur2", columns, "InvoiceId = '1003'") == [
        ("Usage", "Correction", -3, -3),
        ("Tax", "Correction", Decimal("-0.5"), Decimal("-0.5")),
        ("Purchase", None, -1, -1),
    ]
    assert built.charges("aws_cur2", columns, "x_source_changes like '%line_item_type_unknown%'") == [
        ("Adjustment", None, Decimal("-0.75"), Decimal("-0.75"))
    ]


def test_columns_of_a_legacy_report_come_and_go_by_month(built: Built) -> None:
    used = "x_billing_period, Tags, RegionId, SkuPriceDetails, EffectiveCost"

    assert built.charges("aws_cur_legacy", used, "ResourceId = 'i-1'") == [
        (
            "2026-05",
            '{"CostCenter":"CC-1","aws:createdBy":"Root"}',
            "eu-west-1",
            '{"CoreCount":2,"InstanceType":"m5.large","MemorySize":8}',
            5,
        ),
        (
            "2026-06",
            '{"CostCenter":"CC-1","Project":"Shop","costcenter":"cc-1"}',
            "eu-west-1",
            '{"InstanceType":"m5.large","OperatingSystem":"Linux"}',
            8,
        ),
    ]
    assert [receipt.drift.undeclared for receipt in built.landed["aws_cur_legacy"].receipts] == [(), ()]


def test_a_legacy_report_is_mapped_as_cur_2(built: Built) -> None:
    columns = "x_source_file like '%20260520%', ChargeCategory, CommitmentDiscountStatus, BilledCost, EffectiveCost"

    # seven lines of May, the last two of a Dedicated Host; the reservation's fee of 3 is 2 used and 1 unused, and the
    # first version of May does not count
    assert built.charges("aws_cur_legacy", columns, "x_billing_period = '2026-05'") == [
        (False, "Usage", None, 5, 5),
        (False, "Usage", "Used", 0, 2),
        (False, "Purchase", None, 3, 0),
        (False, "Usage", "Unused", 0, 1),
        (False, "Tax", None, Decimal("1.6"), Decimal("1.6")),
        (False, "Adjustment", None, Decimal("-0.5"), Decimal("-0.5")),
        (False, "Usage", "Used", 0, 0),
        (False, "Purchase", None, Decimal("7.2"), Decimal("7.2")),
    ]
    # five of June: the negation gives none, the plan's fee of 3.5 is 3 used and 0.5 unused
    assert built.charges("aws_cur_legacy", columns, "x_billing_period = '2026-06'") == [
        (False, "Usage", None, 8, 8),
        (False, "Usage", "Used", 0, 3),
        (False, "Purchase", None, Decimal("3.5"), 0),
        (False, "Usage", "Unused", 0, Decimal("0.5")),
        (False, "Usage", None, 10, 10),
    ]


def test_a_reservation_that_aws_does_not_amortise_costs_what_is_billed_and_says_so(built: Built) -> None:
    columns = "ChargeCategory, EffectiveCost, x_source_changes"
    found = built.charges("aws_cur_legacy", columns, "CommitmentDiscountId like '%host-reservation/hr-9'")

    assert [(category, cost) for category, cost, _ in found] == [("Usage", 0), ("Purchase", Decimal("7.2"))]
    assert "amortised_cost_not_in_bill" in json.loads(found[0][2])
    assert "commitment_fee_not_amortised" in json.loads(found[1][2])


def test_a_report_for_athena_gives_the_charges_of_the_same_report_as_csv(built: Built) -> None:
    same = SAME_CHARGES.format("Tags, ")
    as_csv, as_parquet = "aws-cur-legacy", "aws-reports-for-athena"

    assert built.query(f"select count(*) from ({same})", as_parquet) == [(13,)]
    assert built.query(f"{same} except all {same.replace('$1', '$2')}", as_csv, as_parquet) == []
    assert built.charges(as_parquet, "distinct Tags", "Tags is not null", order="1") == [
        ('{"aws:created_by":"Root","cost_center":"CC-1"}',),
        ('{"cost_center":"CC-1","costcenter":"cc-1","project":"Shop"}',),
    ]


def test_a_focus_export_in_parquet_gives_the_charges_of_the_same_export_as_csv(built: Built) -> None:
    same = SAME_CHARGES.format("")
    as_csv, as_parquet = "aws-focus", "aws-focus-as-parquet"

    assert built.query(f"select count(*) from ({same})", as_parquet) == [(17,)]
    assert built.query(f"{same} except all {same.replace('$1', '$2')}", as_csv, as_parquet) == []


def test_focus_exports_of_both_versions_are_passed_through(built: Built) -> None:
    versions = (
        "x_billing_period, x_source_changes like '%focus_version_1_0\"%', x_source_changes like '%focus_version_1_2%'"
    )
    seller = "x_billing_period, ServiceProviderName, HostProviderName, InvoiceIssuerName, InvoiceId, x_cost_state"

    assert built.charges("aws_focus", f"distinct {versions}", order="1") == [
        ("2026-05", True, False),
        ("2026-06", False, True),
    ]
    assert built.charges("aws_focus", seller, "ServiceName = 'Fjord Metrics Pro'", order="1") == [
        ("2026-05", "Fjord Metrics, Inc.", "AWS", "Amazon Web Services EMEA SARL", None, "estimated"),
        ("2026-06", "Fjord Metrics, Inc.", "AWS", "Amazon Web Services EMEA SARL", "MP-78", "invoiced"),
    ]
    # what 1.0 called x_UsageType is SkuMeter since 1.1
    meters = built.charges("aws_focus", "x_billing_period, SkuMeter, PricingUnit", "ResourceId = 'i-2'", order="1")
    assert meters == [("2026-05", "EU-BoxUsage:m5.large", "Hours"), ("2026-06", "EU-BoxUsage:m5.large", "Hours")]
