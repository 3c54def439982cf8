-- one row per billing period and row of fct_owner_costs in the publication it is compared with
select
    billing_period,
    domain_id,
    pool_id,
    service_provider_name,
    service_name,
    sku_meter,
    region_id,
    resource_id,
    charge_category,
    charge_class,
    commitment_discount_status,
    consumed_unit,
    billing_currency,
    effective_cost,
    consumed_quantity
from {{ source('landing', 'owner_costs_before') }}
