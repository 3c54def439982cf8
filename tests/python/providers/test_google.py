"""Google's exports: credits, invoice months, corrections, commitments of both models, marketplace, FOCUS preview."""

from __future__ import annotations

import json
from decimal import Decimal

from tests.python.providers.conftest import Built

DETAILED, FOCUS = "gcp_detailed", "gcp_focus"


def test_credits_of_every_type_are_in_the_cost_and_stay_told_apart(built: Built) -> None:
    ((billed, contracted, listed, native),) = built.charges(
        DETAILED, "BilledCost, ContractedCost, ListCost, x_provider_columns", "ListCost = 12"
    )
    amounts = {credit["type"]: Decimal(credit["amount"]) for credit in json.loads(native)["credits"]}

    assert (billed, contracted, listed) == (Decimal("6.5"), 10, 12)
    assert amounts == {"SUSTAINED_USAGE_DISCOUNT": -2, "PROMOTION": Decimal("-1.5")}
    free = built.charges(DETAILED, "BilledCost, ContractedCost", "ServiceName = 'BigQuery'")
    assert free == [(0, Decimal("0.3"))]


def test_the_invoice_month_decides_and_not_the_day_of_usage(built: Built) -> None:
    """23:00 in California on the last day of August is September in UTC, and on August's invoice."""
    after = "ChargePeriodStart >= BillingPeriodEnd"
    boundary = built.charges(DETAILED, "x_billing_period, x_charge_date::varchar, BilledCost", after)
    preview = built.charges(FOCUS, "x_billing_period, x_charge_date::varchar, BilledCost", after)

    assert boundary == [("2026-08", "2026-09-01", 1)]
    assert preview == [("2026-07", "2026-08-01", 1)]
    for kind in (DETAILED, FOCUS):
        periods = built.charges(kind, "distinct BillingPeriodStart::varchar, BillingPeriodEnd::varchar", order="1")
        assert all(start[8:] == end[8:] == "01 00:00:00" for start, end in periods)


def test_runs_of_what_is_new_add_up_and_runs_of_everything_replace(built: Built) -> None:
    files = built.charges(DETAILED, "distinct x_billing_period, x_source_file", order="1, 2")

    assert files == [
        ("2026-08", "2026-08/20260901T041500Z-000000000000.json"),
        ("2026-08", "2026-09/20260903T041500Z-000000000000.json"),
        ("2026-09", "2026-09/20261003T041500Z-000000000000.json.gz"),
        ("2026-09", "2026-09/20261003T041500Z-000000000001.json.gz"),
    ]


def test_tax_rounding_and_adjustments_are_told_from_usage(built: Built) -> None:
    """A correction of August on September's invoice is a Correction; goodwill for September itself is none."""
    found = built.charges(
        DETAILED,
        "x_billing_period, ChargeCategory, ChargeClass, ChargeDescription, BilledCost",
        "ChargeCategory in ('Tax', 'Adjustment') and BilledCost <> 0.000002",
        order="1, 5",
    )

    assert found == [
        ("2026-08", "Adjustment", None, "Rounding error", Decimal("-0.004")),
        ("2026-08", "Tax", None, "VAT", Decimal("1.6")),
        ("2026-09", "Adjustment", "Correction", "Price correction of August", Decimal("-1.5")),
        ("2026-09", "Adjustment", None, "Goodwill", -1),
        ("2026-09", "Tax", None, "VAT", Decimal("0.5")),
    ]


def test_commitments_with_credits_cost_what_their_fees_are(built: Built) -> None:
    found = built.charges(
        DETAILED,
        "CommitmentDiscountId, CommitmentDiscountCategory, ChargeCategory, CommitmentDiscountStatus, BilledCost, "
        "EffectiveCost",
        "x_billing_period = '2026-08' and CommitmentDiscountId is not null",
        order="x_source_row",
    )

    fee = Decimal("7.2")
    assert found == [
        ("F0", "Usage", "Purchase", None, 3, 3),
        ("Committed Usage Discount: CPU", "Usage", "Usage", "Used", 0, 0),
        ("subscriptions/old", "Spend", "Purchase", None, fee, fee),
        ("gce-commitments", "Spend", "Usage", "Used", 1, 1),
    ]


def test_commitments_with_offsets_are_amortised(built: Built) -> None:
    """Fees of 10, of which 7.5 were used and billed with the usage; one row of a fee gives two charges."""
    found = built.charges(
        DETAILED,
        "x_source_row, ChargeCategory, CommitmentDiscountStatus, BilledCost, EffectiveCost, ContractedCost, ListCost, "
        "CommitmentDiscountQuantity, CommitmentDiscountUnit",
        "CommitmentDiscountId = 'subscriptions/new'",
        order="x_source_file, x_source_row, x_charge_id",
    )

    half, whole = Decimal("2.5"), 5
    assert found == [
        (1, "Purchase", None, whole, 0, whole, whole, whole, "EUR"),
        (2, "Purchase", None, half, 0, half, half, half, "EUR"),
        (3, "Purchase", None, half, 0, half, half, half, "EUR"),
        (3, "Usage", "Unused", 0, half, 0, 0, half, "EUR"),
        (1, "Usage", "Used", 0, whole, 7, 8, whole, "EUR"),
        (2, "Usage", "Used", 0, half, 4, whole, half, "EUR"),
    ]


def test_over_its_term_a_commitment_costs_what_was_paid_for_it(built: Built) -> None:
    """Google rounds the offset of the second commitment: 0.000002 more is billed with the usage, and stays visible."""
    found = built.charges(
        DETAILED,
        "ResourceId, sum(case when ChargeCategory = 'Purchase' then BilledCost else 0 end), "
        "sum(case when ChargeCategory = 'Adjustment' then BilledCost else 0 end)",
        "ResourceType = 'commitment' and x_billing_period = '2026-09' group by 1",
        order="1",
    )
    amortised = built.charges(
        DETAILED,
        "CommitmentDiscountId, sum(EffectiveCost)",
        "CommitmentDiscountStatus is not null and x_billing_period = '2026-09' group by 1",
        order="1",
    )

    rounding = Decimal("0.000002")
    assert found == [("subscriptions/new", 10, 0), ("subscriptions/second", 3, rounding)]
    assert amortised == [("subscriptions/new", 10), ("subscriptions/second", 3 + rounding)]
    assert built.charges(DETAILED, "x_source_changes", f"BilledCost = {rounding}") == [('["offset_remainder"]',)]


def test_usage_beyond_a_commitment_is_no_part_of_it(built: Built) -> None:
    names = "PricingCategory, BilledCost, EffectiveCost, CommitmentDiscountId"
    found = built.charges(DETAILED, names, "ListCost = 5 and BilledCost = 4")

    assert found == [("Standard", 4, 4, None)]


def test_marketplace_has_a_seller_a_host_and_an_issuer(built: Built) -> None:
    names = "ServiceProviderName, HostProviderName, InvoiceIssuerName, BilledCost"
    sold = "ServiceProviderName <> 'Google Cloud'"

    assert built.charges(DETAILED, names, sold, order="4") == [
        ("Sensible Search Ltd", "Google Cloud", "Google Cloud", 20),
        ("Acme Data Inc.", "Google Cloud", "Google Cloud Marketplace", 30),
    ]
    assert built.charges(FOCUS, names, sold) == [("Sensible Search Ltd", "Google Cloud", "Google Cloud", 20)]


def test_a_price_of_many_units_becomes_the_price_of_one(built: Built) -> None:
    ((price, quantity, billed, changes),) = built.charges(
        DETAILED, "ListUnitPrice, PricingQuantity, BilledCost, x_source_changes", "ServiceName = 'Cloud Storage'"
    )

    assert (price, quantity, billed) == (Decimal("0.000005"), 400000, 2)
    assert "price_of_one_unit" in changes


def test_tags_of_both_exports_read_alike(built: Built) -> None:
    detailed = json.loads(built.charges(DETAILED, "Tags", "ListCost = 12")[0][0])
    preview = json.loads(built.charges(FOCUS, "Tags", "ListCost = 12")[0][0])

    assert preview == {"team": "web", "tag:env": "prod", "project:cost-centre": "cc-10"}
    assert detailed == preview | {"compute.googleapis.com/cores": "8"}


def test_what_the_preview_lacks_is_filled_in_with_a_trace(built: Built) -> None:
    ((*found, changes),) = built.charges(
        FOCUS,
        "InvoiceIssuerName, ServiceCategory, ServiceSubcategory, SubAccountType, ResourceType, ChargeFrequency, "
        "BillingPeriodStart::varchar, x_source_changes",
        "ListCost = 12",
    )

    assert found == [
        "Google Cloud",
        "Compute",
        "Virtual Machines",
        "Project",
        "instances",
        "Usage-Based",
        "2026-07-01 00:00:00",
    ]
    assert {
        "focus_version_1_2",
        "billing_period_in_utc",
        "invoice_issuer_missing",
        "service_category_unknown",
        "sub_account_type_missing",
        "resource_type_from_id",
    } <= set(json.loads(changes))


def test_commitments_of_the_preview_are_told_by_its_extensions_and_amounts_pass_through(built: Built) -> None:
    found = built.charges(
        FOCUS,
        "CommitmentDiscountId, CommitmentDiscountName, ChargeCategory, PricingCategory, CommitmentDiscountStatus, "
        "BilledCost, EffectiveCost",
        "CommitmentDiscountId is not null",
        order="x_billing_period, x_source_row",
    )

    name, fee, used = "Compute Flexible CUDs 1 Year", Decimal("2.5"), Decimal("7.5")
    cpu = "Committed Usage Discount: CPU"
    assert found == [
        (cpu, cpu, "Usage", "Committed", "Used", 10, 10),
        ("subscriptions/new", None, "Purchase", "Standard", None, fee, fee),
        ("subscriptions/new", name, "Usage", "Committed", "Used", used, used),
    ]
    traces = built.charges(FOCUS, "x_source_changes", "CommitmentDiscountId is not null")
    assert all("commitment_from_extensions" in json.loads(text) for (text,) in traces)


def test_the_older_view_is_repaired(built: Built) -> None:
    """Lower-case values, a period that ends on its last day, and the billing account in place of the project."""
    found = built.charges(
        FOCUS,
        "ChargeCategory, ChargeClass, SubAccountId, SubAccountName, BillingPeriodEnd::varchar, BilledCost",
        "x_billing_period = '2026-06'",
    )

    end = "2026-07-01 00:00:00"
    assert found == [
        ("Usage", None, "shop-prod", "Shop", end, 10),
        ("Adjustment", "Correction", "shop-prod", "Shop", end, -1),
    ]
    ((changes,),) = built.charges(FOCUS, "x_source_changes", "x_billing_period = '2026-06' and BilledCost = 10")
    assert {
        "charge_category_spelled",
        "billing_period_end_exclusive",
        "sub_account_from_project",
    } <= set(json.loads(changes))
