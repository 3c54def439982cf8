from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal

from orchestration.policy import load_policy
from tests.python.sample.conftest import Estate


def test_every_money_semantic_is_there(estate: Estate) -> None:
    kinds = defaultdict(set)
    for row in estate.charges:
        kinds[row["source_id"]].add(row["kind"])
    assert kinds["aws-main"] >= {
        "usage", "spot", "savings_plan_covered", "savings_plan_negation", "savings_plan_fee", "savings_plan_upfront",
        "reservation_used", "reservation_fee", "reservation_upfront", "tax", "support", "credit", "refund",
        "correction", "edp_discount", "marketplace", "nat_gateway", "dns", "monitoring",
    }  # fmt: skip
    assert kinds["azure-main"] >= {
        "usage", "reservation_used", "reservation_unused", "reservation_purchase", "rounding", "correction", "backup",
        "marketplace",
    }  # fmt: skip
    assert kinds["gcp-main"] >= {
        "usage", "tax", "rounding", "correction", "commitment_fee", "marketplace", "data_platform",
    }  # fmt: skip


def test_every_way_to_find_an_owner_is_there(estate: Estate) -> None:
    methods = {row["attribution_method"] for row in estate.charges}
    assert methods == {"override", "ring_fence", "tag", "cmdb", "account", "naming", "default", "none"}
    kinds = {row["kind"] for row in estate.policy("ownership_rules")}
    assert kinds == methods - {"none"}
    assert {row["reason"] for row in estate.charges} == {None, "no_rule_matched", "unknown_tag_value"}
    pooled = {row["pool_id"] for row in estate.charges} - {None}
    handed_on = {row["target_pool_id"] for row in estate.policy("pool_targets")} - {""}
    assert handed_on == {"kubernetes-shared", "kubernetes-idle"}
    assert pooled == {row["pool_id"] for row in estate.policy("pools")} - handed_on


def test_every_method_window_and_kind_of_driver_is_there(estate: Estate) -> None:
    pools = estate.policy("pools")
    assert {row["method"] for row in pools} == {"proportional", "fixed_percentage", "equal_share", "direct"}
    assert {row["driver_window"] for row in pools} == {"charge_hour", "charge_day", "billing_month"}
    assert {row["scope_by"] for row in pools} == {"", "region_id", "source_id", "resource_id", "cluster", "ai_model"}
    assert {row["kind"] for row in estate.policy("drivers")} == {"spend", "quantity", "usage"}
    assert {(row["pool_id"], row["domain_id"], row["reason"]) for row in estate.shares if row["reason"]} == {
        ("edge-cdn", "unallocated", "no_driver"),
        ("ci-runners", "cc-6010.general", "zero_driver"),
    }


def test_the_policy_is_one_the_project_accepts(estate: Estate) -> None:
    policy = load_policy(estate.root / "policy")
    assert len(policy.rows["cost_domains"]) > 180
    assert len({row["cost_centre"] for row in estate.policy("cost_domains")}) == 25
    assert len({row["business_unit"] for row in estate.policy("cost_domains")}) == 6


def test_negations_take_back_exactly_what_covered_usage_cost(estate: Estate) -> None:
    groups: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    covered_resources: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for _, _, row in estate.in_force("aws-main"):
        if row["line_item_line_item_type"] in {"SavingsPlanCoveredUsage", "SavingsPlanNegation"}:
            key = tuple(
                row[name]
                for name in (
                    "savings_plan_savings_plan_a_r_n", "line_item_usage_account_id", "line_item_usage_type",
                    "line_item_operation", "line_item_usage_start_date", "line_item_usage_end_date",
                )
            )  # fmt: skip
            groups[key] += Decimal(row["line_item_unblended_cost"])
            covered_resources[key].add(row["line_item_resource_id"])
    assert set(groups.values()) == {Decimal(0)}
    assert all("" in resources and len(resources) > 1 for resources in covered_resources.values())


def test_savings_plan_commitment_is_used_plus_unused(estate: Estate) -> None:
    fees = [
        row for _, _, row in estate.in_force("aws-main") if row["line_item_line_item_type"] == "SavingsPlanRecurringFee"
    ]
    used: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for _, _, row in estate.in_force("aws-main"):
        if row["line_item_line_item_type"] == "SavingsPlanCoveredUsage":
            key = (row["savings_plan_savings_plan_a_r_n"], row["line_item_usage_start_date"][:10])
            used[key] += Decimal(row["savings_plan_savings_plan_effective_cost"])
    assert {row["savings_plan_payment_option"] for row in fees} == {"No Upfront", "All Upfront"}
    for row in fees:
        key = (row["savings_plan_savings_plan_a_r_n"], row["line_item_usage_start_date"][:10])
        commitment = Decimal(row["savings_plan_total_commitment_to_date"])
        assert Decimal(row["savings_plan_used_commitment"]) == used[key] <= commitment
        paid = Decimal(row["line_item_unblended_cost"])
        assert paid == (commitment if row["savings_plan_payment_option"] == "No Upfront" else 0)


def test_reservation_fees_are_used_plus_unused(estate: Estate) -> None:
    paid: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for _, _, row in estate.in_force("aws-main"):
        if row["reservation_reservation_a_r_n"] and row["line_item_line_item_type"] != "Fee":
            key = (row["reservation_reservation_a_r_n"], row["bill_billing_period_start_date"])
            paid[key] += Decimal(row["line_item_unblended_cost"])
            paid[key] -= Decimal(row["reservation_recurring_fee_for_usage"])
            paid[key] -= Decimal(row["reservation_unused_recurring_fee"])
    assert set(paid.values()) == {Decimal(0)}


def test_azure_reservation_is_bought_once_and_used_up_or_unused(estate: Estate) -> None:
    bought: dict[str, Decimal] = defaultdict(Decimal)
    amortised: dict[str, Decimal] = defaultdict(Decimal)
    statuses = set()
    for _, _, row in estate.in_force("azure-main"):
        if row["CommitmentDiscountId"]:
            bought[row["BillingPeriodStart"]] += Decimal(row["BilledCost"])
            amortised[row["BillingPeriodStart"]] += Decimal(row["EffectiveCost"])
            statuses.add((row["ChargeCategory"], row["CommitmentDiscountStatus"]))
    assert bought == amortised
    assert statuses == {("Purchase", ""), ("Usage", "Used"), ("Usage", "Unused")}


def test_taxes_and_credits_carry_no_tags_and_no_resource(estate: Estate) -> None:
    lines = [
        row
        for _, _, row in estate.in_force("aws-main")
        if row["line_item_line_item_type"] in {"Tax", "Credit", "Fee", "Refund"}
    ]
    assert {(row["resource_tags"], row["tags"], row["line_item_resource_id"]) for row in lines} == {("{}", "{}", "")}
    google = [row for _, _, row in estate.in_force("gcp-main") if row["cost_type"] in {"tax", "rounding_error"}]
    assert {(row["project"] is None, row["resource"]["name"]) for row in google} == {(True, None)}
    for row in google:
        month = row["invoice"]["month"]
        assert f"{row['usage_start_time']:%Y%m}" == month
        assert row["usage_start_time"].day >= 28


def test_corrections_name_the_month_they_correct(estate: Estate) -> None:
    corrections = [row for row in estate.charges if row["kind"] == "correction"]
    assert {row["source_id"] for row in corrections} == {"aws-main", "azure-main", "gcp-main"}
    for row in corrections:
        assert f"{row['charge_date']:%Y-%m}" < row["billing_period"]


def test_tag_keys_and_values_drift(estate: Estate) -> None:
    keys, values = set(), set()
    for _, _, row in estate.in_force("aws-main"):
        for key, value in json.loads(row["tags"]).items():
            keys.add(key.removeprefix("resourceTags/").removeprefix("user:"))
            values.add(value)
        assert len(json.loads(row["tags"])) == len(json.loads(row["resource_tags"]))
    assert len(keys & {"CostCenter", "cost-centre", "cc", "COSTCENTER", "Cost_Center", "costcenter"}) >= 3
    assert "aws:createdBy" in keys
    assert "CC-0990" in values
    assert any(value.startswith("cc-") for value in values)


def test_a_product_changes_its_cost_centre_in_the_middle_of_the_month(estate: Estate) -> None:
    days = defaultdict(set)
    for row in estate.charges:
        if row["domain_id"] and ".loyalty." in row["domain_id"]:
            days[row["domain_id"].split(".")[0]].add(row["charge_date"])
    assert max(days["cc-1030"]) < date(2026, 9, 17) <= min(days["cc-4020"])


def test_a_retired_tag_value_stops_meaning_anything(estate: Estate) -> None:
    by_method = defaultdict(set)
    for path, number, row in estate.in_force("aws-main"):
        if "CC-0990" in row["tags"]:
            by_method[path].add(number)
    seen = {
        (row["domain_id"], row["charge_date"] < date(2026, 9, 17))
        for row in estate.charges
        if row["source_row"] in by_method.get(row["source_file"], ())
    }
    assert seen == {("cc-1020.general", True), ("unallocated", False)}


def test_google_credits_are_nested_typed_and_negative(estate: Estate) -> None:
    types = set()
    for _, _, row in estate.in_force("gcp-main"):
        for credit in row["credits"]:
            types.add(credit["type"])
            assert credit["amount"] < 0
    assert types >= {"SUSTAINED_USAGE_DISCOUNT", "COMMITTED_USAGE_DISCOUNT", "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE"}


def test_azure_marketplace_has_its_own_seller_and_invoice(estate: Estate) -> None:
    sellers = defaultdict(set)
    for _, _, row in estate.in_force("azure-main"):
        sellers[row["PublisherName"]].add(row["InvoiceId"])
    assert set(sellers) == {"Microsoft", "Elastic N.V."}
    assert {len(invoices) for invoices in sellers.values()} == {3}
    assert not sellers["Microsoft"] & sellers["Elastic N.V."]


def test_marketplace_has_its_own_seller_and_invoice(estate: Estate) -> None:
    invoices = defaultdict(set)
    for _, _, row in estate.in_force("aws-main"):
        invoices[(row["bill_billing_entity"], row["line_item_legal_entity"])].add(row["bill_invoice_id"])
    assert set(invoices) == {("AWS", "Amazon Web Services, Inc."), ("AWS Marketplace", "Datadog, Inc.")}
    first, second = invoices.values()
    assert len(first) == len(second) == 3
    assert not first & second
