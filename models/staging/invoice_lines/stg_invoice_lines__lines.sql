-- one row per line of an invoice, of the deliveries in force
with invoice_lines as (
    select * from {{ source('landing_invoice_lines', 'invoice_lines') }}
),

staged as (
    select
        issuer,
        {{ null_words('invoice_id') }} as invoice_id,
        {{ null_words('line_id') }} as line_id,
        billing_account_id,
        {{ null_words('billing_account_name') }} as billing_account_name,
        month_start,
        upper(trim(currency)) as currency,
        charge_category,
        description,
        {{ null_words('service_name') }} as service_name,
        {{ null_words('service_provider') }} as service_provider,
        {{ null_words('sub_account_id') }} as sub_account_id,
        {{ null_words('sub_account_name') }} as sub_account_name,
        charge_start,
        charge_end,
        {{ decimal_of('amount') }} as amount,
        _extra_columns as extra_columns,
        _is_final as is_final,
        _source_id as x_source_id,
        _billing_period as x_billing_period,
        _delivery_id as x_delivery_id,
        _source_file as x_source_file,
        _source_row as x_source_row,
        _charge_id as x_charge_id
    from invoice_lines
)

select * from staged
