-- one row per line item of the landed deliveries in force. Both reports are landed with the same columns in one order,
-- so they are renamed and cast once
with cur2 as (
    select * from {{ source('landing_aws', 'aws_cur2') }}
),

cur_legacy as (
    select * from {{ source('landing_aws', 'aws_cur_legacy') }}
),

line_items as (
    select * from cur2
    union all
    select * from cur_legacy
),

staged as (
    select
        nullif(bill_bill_type, '') as bill_type,
        nullif(bill_billing_entity, '') as billing_entity,
        nullif(bill_invoice_id, '') as invoice_id,
        nullif(bill_invoicing_entity, '') as invoicing_entity,
        bill_payer_account_id as payer_account_id,
        nullif(bill_payer_account_name, '') as payer_account_name,
        cast(bill_billing_period_start_date as timestamp) as billing_period_start,
        cast(bill_billing_period_end_date as timestamp) as billing_period_end,
        line_item_line_item_type as line_item_type,
        nullif(line_item_line_item_description, '') as line_item_description,
        cast(line_item_usage_start_date as timestamp) as usage_start,
        cast(line_item_usage_end_date as timestamp) as usage_end,
        line_item_usage_account_id as usage_account_id,
        nullif(line_item_usage_account_name, '') as usage_account_name,
        nullif(line_item_legal_entity, '') as legal_entity,
        nullif(line_item_product_code, '') as product_code,
        nullif(line_item_usage_type, '') as usage_type,
        nullif(line_item_operation, '') as operation,
        nullif(line_item_tax_type, '') as tax_type,
        nullif(line_item_resource_id, '') as resource_id,
        nullif(line_item_availability_zone, '') as availability_zone,
        upper(trim(line_item_currency_code)) as currency_code,
        {{ decimal_of('line_item_usage_amount') }} as usage_amount,
        {{ decimal_of('line_item_unblended_rate') }} as unblended_rate,
        {{ decimal_of('line_item_unblended_cost') }} as unblended_cost,
        {{ decimal_of('line_item_net_unblended_rate') }} as net_unblended_rate,
        {{ decimal_of('line_item_net_unblended_cost') }} as net_unblended_cost,
        nullif(pricing_currency, '') as pricing_currency,
        nullif(pricing_term, '') as pricing_term,
        nullif(pricing_unit, '') as pricing_unit,
        nullif(pricing_purchase_option, '') as purchase_option,
        nullif(pricing_rate_code, '') as rate_code,
        nullif(pricing_rate_id, '') as rate_id,
        {{ decimal_of('pricing_public_on_demand_rate') }} as on_demand_rate,
        {{ decimal_of('pricing_public_on_demand_cost') }} as on_demand_cost,
        nullif(nullif(product, ''), '{}') as product,
        nullif(product_instance_type, '') as instance_type,
        nullif(product_location, '') as location,
        nullif(product_product_family, '') as product_family,
        coalesce(nullif(product_region_code, ''), nullif(product_region, '')) as region_code,
        nullif(product_servicecode, '') as service_code,
        nullif(product_sku, '') as sku,
        nullif(reservation_reservation_a_r_n, '') as reservation_arn,
        {{ decimal_of('reservation_effective_cost') }} as reservation_effective_cost,
        {{ decimal_of('reservation_net_effective_cost') }} as reservation_net_effective_cost,
        {{ decimal_of('reservation_total_reserved_units') }} as reservation_total_units,
        {{ decimal_of('reservation_unused_quantity') }} as reservation_unused_quantity,
        {{ decimal_of('reservation_unused_amortized_upfront_fee_for_billing_period') }} as reservation_unused_upfront,
        {{ decimal_of('reservation_unused_recurring_fee') }} as reservation_unused_recurring,
        {{ decimal_of('reservation_net_unused_amortized_upfront_fee_for_billing_period') }}
            as reservation_net_unused_upfront,
        {{ decimal_of('reservation_net_unused_recurring_fee') }} as reservation_net_unused_recurring,
        nullif(savings_plan_savings_plan_a_r_n, '') as savings_plan_arn,
        nullif(savings_plan_offering_type, '') as savings_plan_offering_type,
        {{ decimal_of('savings_plan_savings_plan_effective_cost') }} as savings_plan_effective_cost,
        {{ decimal_of('savings_plan_net_savings_plan_effective_cost') }} as savings_plan_net_effective_cost,
        {{ decimal_of('savings_plan_total_commitment_to_date') }} as savings_plan_total_commitment,
        {{ decimal_of('savings_plan_used_commitment') }} as savings_plan_used_commitment,
        {{ decimal_of('savings_plan_amortized_upfront_commitment_for_billing_period') }}
            as savings_plan_upfront_commitment,
        {{ decimal_of('savings_plan_recurring_commitment_for_billing_period') }} as savings_plan_recurring_commitment,
        {{ decimal_of('savings_plan_net_amortized_upfront_commitment_for_billing_period') }}
            as savings_plan_net_upfront_commitment,
        {{ decimal_of('savings_plan_net_recurring_commitment_for_billing_period') }}
            as savings_plan_net_recurring_commitment,
        nullif(capacity_reservation_capacity_reservation_arn, '') as capacity_reservation_arn,
        nullif(capacity_reservation_capacity_reservation_status, '') as capacity_reservation_status,
        nullif(split_line_item_parent_resource_id, '') as split_parent_resource_id,
        {{ decimal_of('split_line_item_reserved_usage') }} as split_reserved_usage,
        {{ decimal_of('split_line_item_actual_usage') }} as split_actual_usage,
        {{ decimal_of('split_line_item_split_usage') }} as split_usage,
        nullif(nullif(tags, ''), '{}') as tags,
        nullif(nullif(resource_tags, ''), '{}') as resource_tags,
        _extra_columns as extra_columns,
        _is_final as is_final,
        _source_id as x_source_id,
        _billing_period as x_billing_period,
        _delivery_id as x_delivery_id,
        _source_file as x_source_file,
        _source_row as x_source_row,
        _charge_id as x_charge_id
    from line_items
)

select * from staged
