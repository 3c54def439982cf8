-- Catches a subcategory that is not of its category, in our own reference seeds too, and a currency that ISO 4217 does
-- not have. It does not judge whether a service is in the right category.
with charges as (
    select * from {{ ref('focus_cost_and_usage') }}
    where x_billing_period in (select run_scope.billing_period from {{ ref('stg_landing__run_scope') }} as run_scope)
),

service_subcategories as (
    select * from {{ ref('service_subcategories') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

kinds_of_charge as (
    select
        ServiceCategory,
        ServiceSubcategory,
        BillingCurrency,
        PricingCurrency,
        count(*) as charge_count
    from charges
    group by ServiceCategory, ServiceSubcategory, BillingCurrency, PricingCurrency
)

select kinds_of_charge.*
from kinds_of_charge
left join service_subcategories
    on
        kinds_of_charge.ServiceCategory = service_subcategories.service_category
        and kinds_of_charge.ServiceSubcategory = service_subcategories.service_subcategory
left join currencies as billing_currencies
    on kinds_of_charge.BillingCurrency = billing_currencies.currency
where
    service_subcategories.service_subcategory is null
    or billing_currencies.currency is null
