{#
  focus_never_null: the columns of FOCUS 1.4 Cost and Usage that allow no nulls (seeds/reference/focus_columns.csv, is_nullable
  false; a test keeps the two in step).
  returns: a list of column names
#}
{% macro focus_never_null() -%}
    {{ return([
        'BilledCost', 'BillingAccountId', 'BillingAccountType', 'BillingCurrency', 'BillingPeriodEnd', 'BillingPeriodStart',
        'ChargeCategory', 'ChargeFrequency', 'ChargePeriodEnd', 'ChargePeriodStart', 'ContractedCost', 'EffectiveCost',
        'InvoiceIssuerName', 'ListCost', 'PricingCurrency', 'PricingCurrencyEffectiveCost', 'ServiceCategory',
        'ServiceName', 'ServiceProviderName', 'ServiceSubcategory',
    ]) }}
{%- endmacro %}
