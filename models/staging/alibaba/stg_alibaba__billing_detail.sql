-- one row per row of a bill in the deliveries in force
with bill_rows as (
    select * from {{ source('landing_alibaba', 'alibaba_billing_detail') }}
),

staged as (
    select
        {{ null_words('AccountID') }} as account_id,
        {{ null_words('AccountName') }} as account_name,
        {{ null_words('OwnerID') }} as owner_id,
        {{ null_words('OwnerAccountName') }} as owner_account_name,
        lower({{ null_words('SubscriptionType') }}) as subscription_type,
        lower({{ null_words('ProductCode') }}) as product_code,
        {{ null_words('ProductName') }} as product_name,
        {{ null_words('ProductDetail') }} as product_detail,
        {{ null_words('CommodityCode') }} as commodity_code,
        {{ null_words('BillingItem') }} as billing_item,
        {{ null_words('BillingItemCode') }} as billing_item_code,
        -- all times are those of China
        {{ utc_of_local(null_words('BillingDate'), 8) }} as billing_date,
        {{ utc_of_local(null_words('PaymentTime'), 8) }} as payment_time,
        {{ utc_of_local(null_words('UsageStartTime'), 8) }} as usage_start,
        {{ utc_of_local(null_words('UsageEndTime'), 8) }} as usage_end,
        lower({{ null_words('Item') }}) as item,
        lower({{ null_words('BillingType') }}) as billing_type,
        {{ null_words('InstanceID') }} as instance_id,
        {{ null_words('NickName') }} as nick_name,
        {{ null_words('Tag') }} as tags,
        {{ null_words('Region') }} as region,
        {{ null_words('Zone') }} as zone,
        {{ decimal_of(null_words('ListPrice')) }} as list_price,
        {{ decimal_of(null_words('"Usage"')) }} as usage_quantity,
        {{ null_words('UsageUnit') }} as usage_unit,
        -- usage that a plan covers; Alibaba Cloud writes it as text
        case
            when {{ regexp_matches('DeductedByResourcePackage', "'^[0-9]+[.]?[0-9]*$'") }}
                then {{ decimal_of('DeductedByResourcePackage') }}
            else 0
        end as covered_quantity,
        {{ decimal_of(null_words('PretaxGrossAmount')) }} as gross_amount,
        coalesce({{ decimal_of(null_words('InvoiceDiscount')) }}, 0) as discount,
        coalesce({{ decimal_of(null_words('RoundDownDiscount')) }}, 0) as round_down,
        coalesce({{ decimal_of(null_words('DeductedByCoupons')) }}, 0) as coupons,
        coalesce({{ decimal_of(null_words('PretaxAmount')) }}, 0) as pretax_amount,
        coalesce({{ decimal_of(null_words('DeductedByCashCoupons')) }}, 0) as vouchers,
        upper(trim({{ null_words('Currency') }})) as currency,
        coalesce({{ decimal_of(null_words('Tax')) }}, 0) as tax,
        upper(trim({{ null_words('PaymentCurrency') }})) as payment_currency,
        _extra_columns as extra_columns,
        _is_final as is_final,
        _source_id as x_source_id,
        _billing_period as x_billing_period,
        _delivery_id as x_delivery_id,
        _source_file as x_source_file,
        _source_row as x_source_row,
        _charge_id as x_charge_id
    from bill_rows
)

select * from staged
