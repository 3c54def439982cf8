-- one row per instalment and one per day of the contracts in force
with contract_charges as (
    select * from {{ source('landing_saas', 'saas_contracts') }}
),

staged as (
    select
        contract_id,
        -- a contract of one product that starts again, with other seats or prices, is another commitment
        concat(contract_id, '/', product, '/', {{ adapter.quote('start') }}) as commitment_id,
        vendor,
        product,
        {{ decimal_of('seats') }} as seats,
        {{ decimal_of('unit_price') }} as unit_price,
        upper(trim(currency)) as currency,
        charge,
        cast(charge_date as timestamp) as charge_date,
        cast(instalment as integer) as instalment,
        cast(instalment_count as integer) as instalment_count,
        invoice,
        {{ decimal_of('instalment_amount') }} as instalment_amount,
        cast(day_number as integer) as day_number,
        cast(day_count as integer) as day_count,
        _extra_columns as extra_columns,
        _source_id as x_source_id,
        _billing_period as x_billing_period,
        _delivery_id as x_delivery_id,
        _source_file as x_source_file,
        cast(contract_row as bigint) as x_source_row,
        _charge_id as x_charge_id
    from contract_charges
)

select * from staged
