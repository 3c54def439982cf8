"""Oracle's and Alibaba Cloud's exports: corrections, overage, reductions in columns of their own, and local time."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.python.providers.conftest import Built


def changes(text: str | None) -> set[str]:
    return set(json.loads(text or "[]"))


def test_corrections_of_oracle_are_charges_of_their_own_and_add_up(built: Built) -> None:
    found = built.charges(
        "oci_cost",
        "BilledCost, ConsumedQuantity, ChargeClass, x_source_changes like '%correction_row_added%'",
        "x_provider_columns like '%\"R-1\"%' or x_provider_columns like '%R-10%'",
    )

    assert found == [
        (Decimal("0.1"), 4, None, False),
        (Decimal("-0.1"), -4, None, True),
        (Decimal("0.075"), 3, None, True),
        (Decimal("0.4"), 16, None, False),  # its back reference is no correction
    ]


def test_overage_is_in_the_cost_and_priced_as_such(built: Built) -> None:
    found = built.charges(
        "oci_cost",
        "BilledCost, ContractedUnitPrice, PricingQuantity, x_source_changes like '%contracted_cost_is_not%'",
        "ChargeDescription like '%, overage'",
    )

    assert found == [(30, 3, 10, False), (12, Decimal("1.5"), 10, True)]


def test_a_row_of_oracle_that_costs_nothing_is_in_the_currency_of_its_month(built: Built) -> None:
    found = built.charges(
        "oci_cost", "BillingCurrency, ResourceId, AvailabilityZone, x_source_changes", "BilledCost = 0"
    )

    assert [(currency, resource, zone) for currency, resource, zone, _ in found] == [("EUR", None, None)]
    assert "currency_missing" in changes(found[0][3])


def test_columns_of_tags_and_the_compartment_are_the_tags_of_oracle(built: Built) -> None:
    found = built.charges("oci_cost", "Tags", "ChargeDescription like 'Standard - E5 - OCPU%'")

    assert [json.loads(tags) if tags else None for (tags,) in found] == [
        {"Finance.CostCenter": "CC-1", "Oracle-Tags.CreatedBy": "default/anna", "oci:compartment": "shop"},
        {"oci:compartment": "shop", "team\\squad": 'blue, "b"'},
        {"Finance.CostCenter": "CC-1", "oci:compartment": "shop"},
        {"Finance.CostCenter": "CC-1", "oci:compartment": "shop"},
        {"oci:compartment": "shop"},
        None,
    ]


def test_two_forms_of_time_and_many_decimals_of_oracle_are_read(built: Built) -> None:
    found = built.charges(
        "oci_cost",
        "ChargePeriodStart::varchar, ChargePeriodEnd::varchar, BilledCost, ContractedUnitPrice, ServiceSubcategory",
        "ServiceName = 'QUANTUM'",
    )

    tiny = Decimal("0.000000123457")
    assert found == [("2026-05-31 22:00:00", "2026-05-31 23:00:00", tiny, tiny, "Other (Other)")]


def test_without_a_subscription_the_tenancy_of_oracle_is_billed(built: Built) -> None:
    found = built.charges(
        "oci_cost",
        "distinct x_billing_period, BillingAccountType, BillingAccountId = SubAccountId",
        order="1, 2",
    )

    assert found == [
        ("2026-05", "Subscription", False),
        ("2026-06", "Subscription", False),
        ("2026-06", "Tenancy", True),
    ]


def test_the_focus_dialect_of_oracle_is_repaired_with_a_trace(built: Built) -> None:
    found = built.charges(
        "oci_focus",
        "ChargeCategory, ChargeFrequency, EffectiveCost, PricingCurrencyEffectiveCost, RegionId, ConsumedUnit,"
        " HostProviderName, x_source_changes",
        "x_billing_period = '2026-05'",
    )

    assert [row[:-1] for row in found] == [
        ("Usage", "Usage-Based", Decimal("0.24"), Decimal("0.24"), "us-phoenix-1", "OCPU-Hours", "Oracle"),
        ("Usage", "Usage-Based", Decimal("0.012"), Decimal("0.012"), "us-phoenix-1", "GB-Hours", "Oracle"),
        ("Adjustment", "One-Time", Decimal("-0.5"), Decimal("-0.5"), "us-phoenix-1", None, "Oracle"),
        ("Usage", "Usage-Based", 1, 1, "us-phoenix-1", "OCPU-Hours", "Oracle"),
    ]
    for row in found:
        assert changes(row[-1]) >= {
            "focus_version_1_0_preview",
            "effective_cost_is_billed_cost",
            "charge_frequency_spelled",
            "contracted_cost_missing",
        }
    assert "charge_category_spelled" in changes(found[2][-1])


@pytest.mark.parametrize("kind", ["alibaba_focus", "alibaba_billing_detail"])
def test_the_file_of_a_month_stands_for_the_files_of_its_days(kind: str, built: Built) -> None:
    found = built.charges(kind, "distinct x_billing_period, split_part(x_source_file, '_', 3)", order="1, 2")

    assert found == [("2026-05", "202605.csv"), ("2026-06", "20260601.csv"), ("2026-06", "20260602.csv")]


def test_reductions_and_tax_of_a_row_are_charges_that_add_up_to_it(built: Built) -> None:
    found = built.charges(
        "alibaba_billing_detail",
        "x_source_row, ChargeCategory, ChargeClass, BilledCost, ListCost, ContractedCost, BillingCurrency",
        "x_billing_period = '2026-05'",
    )

    assert found == [
        (1, "Usage", None, 16, 20, 16, "USD"),
        (1, "Credit", None, -1, -1, -1, "USD"),
        (1, "Credit", None, -5, -5, -5, "USD"),
        (2, "Usage", None, Decimal("19.996"), 20, 20, "USD"),
        (2, "Tax", None, Decimal("1.2"), Decimal("1.2"), Decimal("1.2"), "EUR"),
        (3, "Purchase", None, 1000, 1200, 1000, "USD"),
        (4, "Purchase", "Correction", -30, -30, -30, "USD"),
        (4, "Credit", "Correction", 10, 10, 10, "USD"),
        (5, "Adjustment", None, -2, -2, -2, "USD"),
        (6, "Usage", None, 0, 0, 0, "USD"),
        (7, "Usage", None, 3, 3, 3, "USD"),
    ]


def test_a_resource_plan_lowers_what_is_priced_not_what_is_used(built: Built) -> None:
    found = built.charges(
        "alibaba_billing_detail",
        "ConsumedQuantity, PricingQuantity, ListUnitPrice, ContractedUnitPrice, ContractedUnitPrice * PricingQuantity",
        "SkuPriceId is not null and x_billing_period = '2026-05'",
    )

    assert found == [
        (10, 10, 2, Decimal("1.6"), 16),
        (100, 40, Decimal("0.5"), Decimal("0.5"), 20),
        (5, 0, Decimal("0.5"), Decimal("0.5"), 0),
    ]


def test_both_forms_of_tags_of_alibaba_are_read(built: Built) -> None:
    found = built.charges("alibaba_billing_detail", "Tags", "Tags is not null and ChargeCategory = 'Usage'")

    assert [json.loads(tags) for (tags,) in found] == [{"env": "prod", "team": "web"}, {"env": "test", "team": "data"}]


@pytest.mark.parametrize("kind", ["alibaba_focus", "alibaba_billing_detail"])
def test_the_first_hours_of_a_month_in_china_are_of_its_bill_and_of_the_day_before_in_utc(
    kind: str, built: Built
) -> None:
    found = built.charges(
        kind,
        "x_billing_period, min(ChargePeriodStart)::varchar, min(x_charge_date)::varchar,"
        " min(BillingPeriodStart)::varchar, max(BillingPeriodEnd)::varchar,"
        " bool_and(x_source_changes like '%local_times_in_utc%')",
        "ChargeCategory = 'Usage' and ChargeClass is null group by 1",
        order="1",
    )

    assert found == [
        ("2026-05", "2026-04-30 16:00:00", "2026-04-30", "2026-05-01 00:00:00", "2026-06-01 00:00:00", True),
        ("2026-06", "2026-05-31 16:00:00", "2026-05-31", "2026-06-01 00:00:00", "2026-07-01 00:00:00", True),
    ]


def test_inclusive_ends_of_alibaba_become_exclusive(built: Built) -> None:
    found = built.charges(
        "alibaba_focus",
        "distinct date_diff('second', ChargePeriodStart, ChargePeriodEnd)",
        "ChargeCategory = 'Usage'",
        "1",
    )

    assert found == [(86400,)]


def test_what_is_used_and_unused_of_a_savings_plan_is_its_purchase(built: Built) -> None:
    found = built.charges(
        "alibaba_focus",
        "sum(BilledCost), sum(EffectiveCost), sum(EffectiveCost) filter (where CommitmentDiscountStatus = 'Unused')",
        "CommitmentDiscountId = 'spn-1'",
        order="1",
    )

    assert found == [(3, 3, Decimal("1.2"))]
