"""The columns of a CUR 2.0 export with resources and split cost allocation, in the order AWS writes them."""

from __future__ import annotations

_TEXT = "string"
_NUMBER = "double"
_TIME = "timestamp"
_MAP = "map<string,string>"


def _columns(kind: str, prefix: str, names: str) -> list[tuple[str, str]]:
    return [(f"{prefix}{name}", kind) for name in names.split()]


COLUMNS: tuple[tuple[str, str], ...] = tuple(
    sorted(
        [
            *_columns(
                _TEXT,
                "bill_",
                "bill_type billing_entity invoice_id invoicing_entity payer_account_id payer_account_name",
            ),
            *_columns(_TIME, "bill_", "billing_period_end_date billing_period_start_date"),
            *_columns(_TEXT, "capacity_reservation_capacity_reservation_", "arn status type"),
            *_columns(_MAP, "", "cost_category discount product resource_tags tags"),
            *_columns(_NUMBER, "discount_", "bundled_discount total_discount"),
            *_columns(_TEXT, "identity_", "line_item_id time_interval"),
            *_columns(
                _TEXT,
                "line_item_",
                "availability_zone blended_rate currency_code legal_entity line_item_description"
                " line_item_type net_unblended_rate operation product_code resource_id tax_type unblended_rate"
                " usage_account_id usage_account_name usage_type user_identifier",
            ),
            *_columns(
                _NUMBER,
                "line_item_",
                "blended_cost net_unblended_cost normalization_factor normalized_usage_amount unblended_cost"
                " usage_amount",
            ),
            *_columns(_TIME, "line_item_", "usage_end_date usage_start_date"),
            *_columns(
                _TEXT,
                "pricing_",
                "currency lease_contract_length offering_class public_on_demand_rate purchase_option rate_code"
                " rate_id term unit",
            ),
            *_columns(_NUMBER, "pricing_", "public_on_demand_cost"),
            *_columns(
                _TEXT,
                "product_",
                "comment fee_code fee_description from_location from_location_type from_region_code instance_family"
                " instance_type instancesku location location_type operation pricing_unit product_family"
                " region_code servicecode sku to_location to_location_type to_region_code usagetype",
            ),
            *_columns(
                _TEXT,
                "reservation_",
                "availability_zone end_time modification_status normalized_units_per_reservation"
                " number_of_reservations reservation_a_r_n start_time subscription_id"
                " total_reserved_normalized_units total_reserved_units units_per_reservation",
            ),
            *_columns(
                _NUMBER,
                "reservation_",
                "amortized_upfront_cost_for_usage amortized_upfront_fee_for_billing_period effective_cost"
                " net_amortized_upfront_cost_for_usage net_amortized_upfront_fee_for_billing_period"
                " net_effective_cost net_recurring_fee_for_usage"
                " net_unused_amortized_upfront_fee_for_billing_period net_unused_recurring_fee net_upfront_value"
                " recurring_fee_for_usage unused_amortized_upfront_fee_for_billing_period"
                " unused_normalized_unit_quantity unused_quantity unused_recurring_fee upfront_value",
            ),
            *_columns(
                _TEXT,
                "savings_plan_",
                "end_time instance_type_family offering_type payment_option purchase_term region savings_plan_a_r_n"
                " savings_plan_rate start_time",
            ),
            *_columns(
                _NUMBER,
                "savings_plan_",
                "amortized_upfront_commitment_for_billing_period net_amortized_upfront_commitment_for_billing_period"
                " net_recurring_commitment_for_billing_period net_savings_plan_effective_cost"
                " recurring_commitment_for_billing_period savings_plan_effective_cost total_commitment_to_date"
                " used_commitment",
            ),
            *_columns(_TEXT, "split_line_item_", "parent_resource_id"),
            *_columns(
                _NUMBER,
                "split_line_item_",
                "actual_usage net_split_cost net_unused_cost public_on_demand_split_cost"
                " public_on_demand_unused_cost reserved_usage split_cost split_usage split_usage_ratio unused_cost",
            ),
        ]
    )
)

# a column that AWS adds in the estate's last month: exports grow without asking
ADDED = ("line_item_iam_principal", _TEXT)

NAMES: tuple[str, ...] = tuple(name for name, _ in COLUMNS)
MAPS: tuple[str, ...] = tuple(name for name, kind in COLUMNS if kind == _MAP)
# an account without private pricing has no net amounts at all; every other absent number is written as 0.0
ZEROED: tuple[str, ...] = tuple(name for name, kind in COLUMNS if kind == _NUMBER and "net_" not in name)
