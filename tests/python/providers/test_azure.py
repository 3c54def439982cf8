"""Azure: actual and amortised cost as one set of charges, FocusCost of every version, and what only invoices hold."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.python.providers.conftest import Built

KIND = "azure_cost_details"


def changes(text: str | None) -> set[str]:
    return set(json.loads(text or "[]"))


def test_which_rows_become_charges(built: Built) -> None:
    """Every amortised row is one; of actual cost only commitments bought or given back, and what the other lacks."""
    found = built.query(
        """
        select
            rows.data_set,
            rows.charge_type,
            count(distinct rows.x_charge_id),
            count(charges.x_charge_id)
        from staging.stg_azure__cost_details as rows
        left join finance.focus_cost_and_usage as charges
            on rows.x_source_id = charges.x_source_id and rows.x_charge_id // 8 = charges.x_charge_id // 8
        where rows.x_billing_period = '2026-05'
        group by all
        order by all
        """
    )

    assert found == [
        ("ActualCost", "Purchase", 2, 1),  # the savings plan; the marketplace's purchase is in the amortised cost, too
        ("ActualCost", "Refund", 1, 1),
        ("ActualCost", "RoundingAdjustment", 1, 0),
        ("ActualCost", "Usage", 10, 1),  # the cent that the actual cost of a database has more
        ("AmortizedCost", "Purchase", 1, 1),
        ("AmortizedCost", "RoundingAdjustment", 1, 1),
        ("AmortizedCost", "UnusedReservation", 1, 1),
        ("AmortizedCost", "UnusedSavingsPlan", 1, 1),
        ("AmortizedCost", "Usage", 10, 10),
        ("Usage", None, 3, 3),
    ]


@pytest.mark.parametrize(("name", "cost", "unused"), [("vm-reservation", 365, 60), ("compute-plan", 31, 1)])
def test_a_commitment_is_worth_what_it_cost_over_its_term(name: str, cost: int, unused: int, built: Built) -> None:
    """A year of a reservation paid at once, a month of a savings plan: used and unused parts sum to the purchase."""
    found = built.charges(
        KIND,
        "sum(BilledCost), sum(EffectiveCost), sum(EffectiveCost) filter (CommitmentDiscountStatus = 'Unused'), "
        "sum(BilledCost) filter (ChargeCategory <> 'Purchase'), "
        "sum(EffectiveCost) filter (ChargeCategory = 'Purchase'), count(distinct CommitmentDiscountId)",
        f"CommitmentDiscountName = '{name}'",
        order="1",
    )

    assert found == [(cost, cost, unused, 0, 0, 1)]


def test_unused_parts_and_purchases_are_of_the_commitment_itself(built: Built) -> None:
    found = built.charges(
        KIND,
        "ChargeCategory, count(*), min(CommitmentDiscountStatus), bool_and(ResourceId = CommitmentDiscountId)",
        "CommitmentDiscountName = 'vm-reservation' group by 1, CommitmentDiscountStatus",
        order="1, 3",
    )

    assert found == [("Purchase", 1, None, True), ("Usage", 12, "Unused", True), ("Usage", 12, "Used", False)]


def test_a_refund_of_another_month_corrects_it(built: Built) -> None:
    found = built.charges(
        KIND,
        "ChargeCategory, BilledCost, EffectiveCost, ChargePeriodStart::date::varchar",
        "ChargeClass = 'Correction'",
    )

    assert found == [("Purchase", -10, 0, "2026-04-20")]


def test_what_the_actual_cost_has_more_is_billed_as_an_adjustment(built: Built) -> None:
    found = built.charges(
        KIND,
        "BilledCost, EffectiveCost, ChargeCategory, InvoiceId, ServiceName, x_source_file like '%mca-actual%'",
        "x_source_changes like '%actual_and_amortised_differ%'",
    )

    assert found == [(Decimal("0.01"), 0, "Adjustment", "G012345678", "Unspecified", True)]


def test_prices_count_in_blocks_whichever_way_quantities_do(built: Built) -> None:
    found = built.charges(
        KIND,
        "PricingQuantity, PricingUnit, ConsumedQuantity, ConsumedUnit, ContractedUnitPrice, x_source_changes",
        "PricingUnit like '1%'",
        order="BilledCost",
    )

    assert [(*row[:5], changes(row[5]) & {"quantity_in_blocks", "quantity_in_single_units"}) for row in found] == [
        (3, "10000 Units", 30000, "Units", Decimal("0.05"), {"quantity_in_blocks"}),
        (Decimal("2.5"), "100 GB", 250, "GB", 8, {"quantity_in_single_units"}),
        (5, "1000000 Units", 5_000_000, "Units", 9, {"quantity_in_single_units"}),
    ]


def test_prices_in_dollars_are_also_prices_in_the_billing_currency(built: Built) -> None:
    found = built.charges(
        KIND,
        "PricingCurrency, PricingCurrencyListUnitPrice, ListUnitPrice, ListCost, PricingCurrencyEffectiveCost",
        "ServiceName = 'Azure SQL Database'",
    )

    assert found == [("USD", Decimal("0.6"), Decimal("0.54"), Decimal("10.8"), Decimal("9.988888888889"))]


def test_a_marketplace_names_who_sells_who_hosts_and_who_invoices(built: Built) -> None:
    found = built.charges(
        KIND,
        "ServiceProviderName, HostProviderName, InvoiceIssuerName, ServiceName, ChargeCategory, BilledCost, ListCost",
        "ServiceProviderName <> 'Microsoft'",
        order="1",
    )

    assert found == [
        ("Quarry Data Ltd.", "Microsoft", "Brightline IT GmbH", "Quarry Search", "Purchase", 6, 6),
        ("Watchdog Inc.", "Microsoft", "Microsoft", "Watchdog Pro", "Usage", Decimal("12.5"), Decimal("12.5")),
    ]


def test_accounts_are_those_that_are_invoiced_and_periods_those_of_the_contract(built: Built) -> None:
    found = built.charges(
        KIND,
        "distinct BillingAccountId, BillingAccountType, "
        "BillingPeriodStart::date::varchar, BillingPeriodEnd::date::varchar",
        "x_billing_period = '2026-05'",
        order="1",
    )

    assert found == [
        ("8611000", "Billing Account", "2026-05-01", "2026-06-01"),
        ("ABCD-EFGH-BG7-PGB", "Billing Profile", "2026-05-01", "2026-06-01"),
        ("WXYZ-1", "Billing Profile", "2026-05-01", "2026-06-01"),
        ("c4d5e6f7-0a1b-4c2d-8e3f-4a5b6c7d8e44", "Subscription", "2026-05-15", "2026-06-15"),
    ]


def test_tags_are_read_with_and_without_braces(built: Built) -> None:
    found = built.charges(KIND, "distinct Tags", "x_billing_period = '2026-05' and Tags is not null", order="1")

    assert [text for (text,) in found] == [
        '{"CostCenter":"CC-10","env":"prod"}',
        '{"CostCenter":"CC-10"}',
        '{"CostCenter":"CC-20","env":""}',
        '{"CostCenter":"CC-20"}',
        '{"CostCenter":"CC-30"}',
    ]


def test_a_row_of_a_monthly_export_lasts_the_month(built: Built) -> None:
    found = built.charges(
        KIND,
        "distinct ChargeCategory, ChargePeriodStart::date::varchar, ChargePeriodEnd::date::varchar",
        "x_billing_period = '2025-06'",
        order="1",
    )

    assert found == [("Purchase", "2025-06-01", "2025-06-02"), ("Usage", "2025-06-01", "2025-07-01")]


def test_additional_info_describes_the_price(built: Built) -> None:
    ((details,),) = built.charges(KIND, "distinct SkuPriceDetails", "SkuPriceId = 'AAA-001'", order="1")

    assert json.loads(details) == {"InstanceType": "Standard_D2s_v3", "CoreCount": 2, "x_UsageType": "ComputeHR"}


@pytest.mark.parametrize(
    ("month", "version", "also"),
    [
        ("2026-01", "focus_version_1_0_preview", {"availability_zone_is_no_zone", "contracted_cost_missing"}),
        ("2026-02", "focus_version_1_0", {"tag_key_trimmed", "pricing_unit_spelled", "zero_unit_price_removed"}),
        ("2026-02", "focus_version_1_0", {"list_cost_is_not_price_times_quantity", "id_in_lower_case"}),
        ("2026-03", "focus_version_1_0", {"commitment_purchase_effective_cost_zeroed", "service_name_missing"}),
        ("2026-04", "focus_version_1_2", {"tags_without_braces", "commitment_purchase_effective_cost_zeroed"}),
        ("2026-05", "focus_version_1_2", {"id_in_lower_case"}),
    ],
)
def test_repairs_of_every_version_of_focus_cost_are_traced(
    month: str, version: str, also: set[str], built: Built
) -> None:
    found = [
        changes(text) for (text,) in built.charges("azure_focus", "x_source_changes", f"x_billing_period = '{month}'")
    ]

    assert all(version in codes for codes in found)
    assert also <= set().union(*found)


def test_the_versions_of_focus_cost_give_the_same_charge(built: Built) -> None:
    """The same hours of the same machine, in 1.0-preview, 1.0 and 1.2."""
    found = built.charges(
        "azure_focus",
        "x_billing_period, BilledCost, ConsumedQuantity, ConsumedUnit, RegionId, ResourceId, ServiceSubcategory, "
        "SkuMeter",
        "BilledCost = 2.4",
        order="1",
    )

    machine = "/resourcegroups/rg-shop/providers/microsoft.compute/virtualmachines/vm-shop-01"
    same = (Decimal("2.4"), 24, "Hours", "westeurope")
    subscription = "/subscriptions/6f2b1c5e-8a41-4c0e-9f6d-0d3a5b7c9e11"
    assert found == [
        ("2026-01", *same, subscription + machine, "Virtual Machines", "D2s v3"),
        ("2026-02", *same, subscription + machine, "Virtual Machines", "D2s v3"),
        ("2026-05", *same, subscription + machine, "Virtual Machines", "D2s v3"),
    ]


def test_lines_of_an_invoice_say_which_line_of_which_file_they_are(built: Built) -> None:
    found = built.charges(
        "invoice_lines",
        "ChargeCategory, BilledCost, InvoiceId, InvoiceDetailId, ChargeClass, x_source_file, "
        "x_provider_columns ->> 'file_line', x_source_row",
        order="x_source_row",
    )

    file = "microsoft-20260605.csv"
    assert found == [
        ("Tax", Decimal("10.65"), None, None, None, file, "2", 1),
        ("Purchase", 29, None, None, None, file, "3", 2),
        ("Credit", -5, None, None, None, file, "4", 3),
        ("Tax", Decimal("10.26"), "G012345678", "1", None, file, "5", 4),
        ("Tax", Decimal("-0.1"), "G012345678", "2", "Correction", file, "6", 5),
    ]


def test_an_export_and_the_lines_of_its_invoices_sum_to_the_invoices(built: Built) -> None:
    """Before tax 56.05 and 54.00; the invoices ask for 90.70 and 64.16."""
    found = built.query(
        "select coalesce(InvoiceId, BillingAccountId), round(sum(BilledCost) filter (x_source_id = $1), 2), "
        "round(sum(BilledCost), 2) from finance.focus_cost_and_usage "
        "where InvoiceIssuerName = 'Microsoft' and x_billing_period = '2026-05' and x_source_id in ($1, $2) "
        "and BillingCurrency = 'EUR' group by 1 order by 1",
        "azure-cost-details",
        "invoice-lines",
    )

    assert found == [
        ("8611000", Decimal("56.05"), Decimal("90.70")),
        ("G012345678", Decimal("54.00"), Decimal("64.16")),
    ]
