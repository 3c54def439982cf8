-- one row per row of a cost report in the deliveries in force
with report_rows as (
    select * from {{ source('landing_oci', 'oci_cost') }}
),

worded as (
    select
        {{ null_words(adapter.quote('lineItem/tenantId')) }} as tenant_id,
        cast({{ adapter.quote('lineItem/intervalUsageStart') }} as timestamp) as interval_start,
        cast({{ adapter.quote('lineItem/intervalUsageEnd') }} as timestamp) as interval_end,
        {{ null_words(adapter.quote('product/service')) }} as service,
        {{ null_words(adapter.quote('product/compartmentName')) }} as compartment_name,
        {{ null_words(adapter.quote('product/compartmentId')) }} as compartment_id,
        {{ null_words(adapter.quote('product/region')) }} as region,
        {{ null_words(adapter.quote('product/availabilityDomain')) }} as availability_domain,
        {{ null_words(adapter.quote('product/resourceId')) }} as resource_id,
        {{ null_words(adapter.quote('usage/billedQuantity')) }} as billed_quantity,
        {{ null_words(adapter.quote('cost/subscriptionId')) }} as subscription_id,
        {{ null_words(adapter.quote('cost/productSku')) }} as product_sku,
        {{ null_words(adapter.quote('product/Description')) }} as description,
        {{ null_words(adapter.quote('cost/unitPrice')) }} as unit_price,
        {{ null_words(adapter.quote('cost/unitPriceOverage')) }} as unit_price_overage,
        {{ null_words(adapter.quote('cost/myCost')) }} as my_cost,
        upper(trim({{ null_words(adapter.quote('cost/currencyCode')) }})) as currency,
        {{ null_words(adapter.quote('cost/skuUnitDescription')) }} as unit_description,
        lower({{ null_words(adapter.quote('cost/overageFlag')) }}) as overage_flag,
        lower({{ null_words(adapter.quote('lineItem/isCorrection')) }}) as correction_flag,
        tags as tag_columns,
        _extra_columns as extra_columns,
        _is_final as is_final,
        _source_id as x_source_id,
        _billing_period as x_billing_period,
        _delivery_id as x_delivery_id,
        _source_file as x_source_file,
        _source_row as x_source_row,
        _charge_id as x_charge_id
    from report_rows
),

staged as (
    select
        tenant_id,
        compartment_id,
        compartment_name,
        interval_start,
        interval_end,
        service,
        region,
        availability_domain,
        resource_id,
        {{ decimal_of('billed_quantity') }} as billed_quantity,
        subscription_id,
        product_sku,
        description,
        {{ decimal_of('unit_price') }} as unit_price,
        {{ decimal_of('unit_price_overage') }} as unit_price_overage,
        {{ decimal_of('my_cost') }} as my_cost,
        currency,
        unit_description,
        -- Y, true and false are all found; nothing means no
        coalesce(overage_flag in ('y', 'yes', 'true', '1'), false) as is_overage,
        coalesce(correction_flag in ('y', 'yes', 'true', '1'), false) as is_correction,
        -- the compartment is where people put what belongs together: it is told like a tag of the provider
        case
            when compartment_name is null then tag_columns
            else concat(
                '{"tags/oci:compartment":',
                {{ json_string('compartment_name') }},
                case when tag_columns is null then '}' else concat(',', substr(tag_columns, 2)) end
            )
        end as tags,
        extra_columns,
        is_final,
        x_source_id,
        x_billing_period,
        x_delivery_id,
        x_source_file,
        x_source_row,
        x_charge_id
    from worded
)

select * from staged
