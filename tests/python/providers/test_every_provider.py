"""What holds for every provider with a fixture: nothing is lost or made between its files and FOCUS."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orchestration.landing.declared import declared_tables
from orchestration.landing.kinds import KINDS
from tests.python.providers.conftest import FIXTURES, PROJECT, Built, expected_of, kinds_with_fixtures, source_id

MANDATORY = (
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargeCategory",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "InvoiceIssuerName",
    "ServiceCategory",
    "ServiceSubcategory",
    "ServiceName",
    "ServiceProviderName",
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ContractedCost",
    "PricingCurrency",
    "PricingCurrencyEffectiveCost",
    "ChargeFrequency",
    "ChargeDescription",
    "x_identity_id",
    "x_source_file",
    "x_source_row",
)
NULL_IN_EXPORTS = ("ChargeDescription", "PricingCurrencyEffectiveCost")


@pytest.mark.parametrize("kind", kinds_with_fixtures())
def test_fixture_lands_without_a_refusal(kind: str, built: Built) -> None:
    result = built.landed[kind]

    assert result.refusals == []
    assert {receipt.billing_period for receipt in result.receipts} == set(expected_of(kind)["months"])
    assert [file for file in (FIXTURES / kind / "data").iterdir() if file.suffix == ".parquet"] == []


@pytest.mark.parametrize("kind", kinds_with_fixtures())
def test_every_cost_metric_of_a_month_is_what_the_files_say(kind: str, built: Built) -> None:
    for month, expected in expected_of(kind)["months"].items():
        receipts = [receipt for receipt in built.landed[kind].receipts if receipt.billing_period == month]
        assert sum(receipt.row_count for receipt in receipts) == expected["native_rows"]
        for metric in ("BilledCost", "EffectiveCost"):
            assert built.total(kind, metric, month) == Decimal(expected[metric]), (month, metric)
        for metric in ("ListCost", "ContractedCost"):
            total = Decimal(expected.get(metric, expected["EffectiveCost"]))
            assert built.total(kind, metric, month) == total, (month, metric)
        rows = built.charges(kind, "count(*)", f"x_billing_period = '{month}'", order="1")
        assert rows == [(expected["charges"],)], month


@pytest.mark.parametrize("kind", kinds_with_fixtures())
def test_cash_of_each_delivery_is_billed_in_full(kind: str, built: Built) -> None:
    billed = dict(built.charges(kind, "x_delivery_id, sum(BilledCost)", "true group by 1", order="1"))
    for receipt in built.landed[kind].receipts:
        if declared_tables()[kind].money:
            assert billed.get(receipt.delivery_id, Decimal(0)) == receipt.billed_cost, receipt.billing_period


@pytest.mark.parametrize("kind", kinds_with_fixtures())
def test_charges_have_the_columns_that_focus_wants_of_every_charge(kind: str, built: Built) -> None:
    for column in MANDATORY:
        if column in NULL_IN_EXPORTS and declared_tables()[kind].is_focus:
            continue
        assert built.charges(kind, "count(*)", f"{column} is null", order="1") == [(0,)], column
    assert built.charges(kind, "count(*)", "ChargePeriodEnd <= ChargePeriodStart", order="1") == [(0,)]
    assert built.charges(kind, "count(*)", "ContractedUnitPrice < 0 or ListUnitPrice < 0", order="1") == [(0,)]
    if declared_tables()[kind].is_focus:
        return  # what a provider leaves out of its own FOCUS export is not made up
    for first, second, unless in (
        ("ConsumedQuantity", "ConsumedUnit", None),
        ("PricingQuantity", "PricingUnit", None),
        ("SkuPriceId", "ListUnitPrice", "price_not_in_bill"),
        ("SkuPriceId", "ContractedUnitPrice", "price_not_in_bill"),
        ("SkuPriceId", "PricingQuantity", "price_not_in_bill"),
        ("SkuPriceId", "PricingCategory", None),
        ("SubAccountId", "SubAccountType", None),
        ("ResourceId", "ResourceType", None),
        ("RegionId", "RegionName", None),
    ):
        undeclared = f"and coalesce(x_source_changes, '') not like '%\"{unless}\"%'"
        apart = built.charges(kind, "count(*)", f"({first} is null) <> ({second} is null) {undeclared}", order="1")
        assert apart == [(0,)], (first, second)
    assert built.charges(kind, "count(*)", "SkuPriceId is null and ConsumedQuantity is not null", order="1") == [(0,)]


@pytest.mark.parametrize("kind", kinds_with_fixtures())
def test_charge_ids_are_unique_and_services_are_known_to_focus(kind: str, built: Built) -> None:
    assert built.charges(kind, "count(*) - count(distinct x_charge_id)", order="1") == [(0,)]
    unknown = built.query(
        "select distinct ServiceCategory, ServiceSubcategory from finance.focus_cost_and_usage where x_source_id = $1 "
        "except select service_category, service_subcategory from reference.service_subcategories",
        source_id(kind),
    )
    assert unknown == []


@pytest.mark.parametrize("kind", kinds_with_fixtures())
def test_a_provider_is_a_module_a_staging_folder_a_mapping_a_docs_page_and_a_fixture(kind: str) -> None:
    expected = expected_of(kind)
    assert kind in KINDS
    assert (PROJECT / "models" / "staging" / expected["folder"]).is_dir()
    for model in expected["staging"]:
        assert (PROJECT / "models" / "staging" / expected["folder"] / f"{model}.sql").is_file()
    mapping = expected.get("mapping", kind)
    assert (PROJECT / "models" / "focus" / f"focus__{mapping}.sql").is_file()
    assert f"'{kind}'" in (PROJECT / "models" / "focus" / "charges" / f"charges__{mapping}.sql").read_text()
    assert (PROJECT / "docs" / "focus_mapping" / f"{expected['folder']}.md").is_file()
    assert list((FIXTURES / kind / "data").iterdir())
