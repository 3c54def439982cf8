{#
  staged_focus_export: a landed table of FOCUS shape, whatever its version and provider: words for null made null, numbers and
  times cast. Columns of every version since 0.5 travel under the name of their version; the focus layer unifies them.
  landed: relation; hours_east: where the provider writes times without zone that are not UTC: how far east of it they are;
  google: whether it has the columns of Google's export in place of FOCUS columns it lacks
  returns: a select with the FOCUS columns, the provider columns that the focus layer reads, had_null_words (a column held
           such a word), had_local_times (times without zone were moved to UTC), extra_columns, is_final and the x_
           columns of origin
#}
{% macro staged_focus_export(landed, hours_east=0, google=false) %}
{%- set texts = [
    'AllocatedMethodDetails', 'AllocatedMethodId', 'AllocatedResourceId', 'AllocatedResourceName', 'AllocatedTags',
    'AvailabilityZone', 'BillingAccountId', 'BillingAccountName', 'BillingAccountType', 'BillingCurrency',
    'CapacityReservationId', 'CapacityReservationStatus', 'ChargeCategory', 'ChargeClass', 'ChargeDescription',
    'ChargeFrequency', 'ChargeSubcategory', 'ChargeType', 'CommitmentDiscountCategory', 'CommitmentDiscountId',
    'CommitmentDiscountName', 'CommitmentDiscountStatus', 'CommitmentDiscountType', 'CommitmentDiscountUnit',
    'CommitmentProgramEligibilityDetails', 'ConsumedUnit', 'ContractApplied', 'HostProviderName', 'InvoiceDetailId',
    'InvoiceId', 'InvoiceIssuer', 'InvoiceIssuerName', 'PricingCategory', 'PricingCurrency', 'PricingUnit', 'Provider',
    'ProviderName', 'Publisher', 'PublisherName', 'Region', 'RegionId', 'RegionName', 'ResourceId', 'ResourceName',
    'ResourceType', 'ServiceCategory', 'ServiceName', 'ServiceProviderName', 'ServiceSubcategory', 'SkuId', 'SkuMeter',
    'SkuPriceDetails', 'SkuPriceId', 'SubAccountId', 'SubAccountName', 'SubAccountType', 'Tags', 'UsageUnit',
    'x_AmortizationClass', 'x_InvoiceId', 'x_Labels', 'x_PricingCurrency', 'x_SkuDetails', 'x_SkuMeterName', 'x_Tags',
    'x_UsageType',
] -%}
{#- lists, and what Google says of projects and commitments -#}
{%- set of_google = [
    'x_ConsumptionModelDescription', 'x_Credits', 'x_Project', 'x_ProjectLabels', 'x_SubscriptionInstanceId', 'x_SystemLabels',
] -%}
{%- set numbers = [
    'AmortizedCost', 'BilledCost', 'CommitmentDiscountQuantity', 'ConsumedQuantity', 'ContractedCost',
    'ContractedUnitPrice', 'EffectiveCost', 'ListCost', 'ListUnitPrice', 'PricingCurrencyContractedUnitPrice',
    'PricingCurrencyEffectiveCost', 'PricingCurrencyListUnitPrice', 'PricingQuantity', 'UsageQuantity',
] -%}
{%- set times = ['BillingPeriodEnd', 'BillingPeriodStart', 'ChargePeriodEnd', 'ChargePeriodStart'] -%}
    select
        {%- for column in texts %}
        {{ column }},
        {%- endfor %}
        {%- for column in numbers %}
        {{ decimal_from_text(column) }} as {{ column }},
        {%- endfor %}
        {%- for column in times %}
        {{ utc_of_local(column, hours_east) if hours_east else utc_timestamp(column) }} as {{ column }},
        {%- endfor %}
        {%- for column in of_google %}
        {{ column if google else 'cast(null as varchar) as ' ~ column }},
        {%- endfor %}
        {{ given_values(texts + numbers + times) }} <> given_values as had_null_words,
        {{ 'coalesce(' ~ is_local_time('ChargePeriodStart') ~ ', false)' if hours_east else 'false' }} as had_local_times,
        extra_columns,
        is_final,
        x_source_id,
        x_billing_period,
        x_delivery_id,
        x_source_file,
        x_source_row,
        x_charge_id
    from (
        select
            {%- for column in texts + numbers + times + (of_google if google else []) %}
            {{ null_words(column) }} as {{ column }},
            {%- endfor %}
            {{ given_values(texts + numbers + times) }} as given_values,
            _extra_columns as extra_columns,
            _is_final as is_final,
            _source_id as x_source_id,
            _billing_period as x_billing_period,
            _delivery_id as x_delivery_id,
            _source_file as x_source_file,
            _source_row as x_source_row,
            _charge_id as x_charge_id
        from {{ landed }}
    ) as worded
{% endmacro %}
