{#
  identified_charges: a provider's FOCUS rows as they are written to the charge fact, each with its identity.
  The identity is what ownership is decided on (docs of dim_charge_identities): the columns below, as one integer.
  relation: a provider's FOCUS model, with the columns of focus_columns()
  returns: a query, one row per charge
#}
{% macro identified_charges(relation) -%}
with charges as (
    select * from {{ relation }}
),

final as (
    select
        {%- for column in focus_columns() %}
        {{ column }},
        {%- endfor %}
        {{ integer_key([
            'x_source_id', 'ServiceProviderName', 'HostProviderName', 'InvoiceIssuerName', 'BillingAccountId', 'SubAccountId',
            'ResourceId', 'ResourceName', 'ServiceName', 'ServiceCategory', 'RegionId', 'ChargeCategory', 'ChargeClass',
            'Tags', 'BillingCurrency',
        ]) }} as x_identity_id
    from charges
)

select * from final
{%- endmacro %}
