-- one row per day, contract and holder of the snapshots in force
with seats as (
    select * from {{ source('landing_saas', 'saas_seats') }}
),

staged as (
    select
        cast({{ utc_timestamp('trim(date)') }} as date) as usage_date,
        trim(contract_id) as contract_id,
        nullif(trim(holder), '') as holder,
        nullif(trim(account_id), '') as account_id,
        nullif(trim(domain_id), '') as domain_id,
        {{ decimal_of('seats') }} as seats,
        _billing_period as billing_period,
        _source_id as source_id,
        _delivery_id as delivery_id,
        _source_file as source_file,
        _source_row as source_row
    from seats
)

select * from staged
