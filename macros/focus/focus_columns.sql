{#
  focus_columns: the 65 columns of FOCUS 1.4 Cost and Usage in their order, then ours: what every provider model delivers.
  returns: a list of column names
#}
{% macro focus_columns() -%}
    {{ return([
        'AllocatedMethodDetails', 'AllocatedMethodId', 'AllocatedResourceId', 'AllocatedResourceName', 'AllocatedTags',
        'AvailabilityZone', 'BilledCost', 'BillingAccountId', 'BillingAccountName', 'BillingAccountType', 'BillingCurrency',
        'BillingPeriodEnd', 'BillingPeriodStart', 'CapacityReservationId', 'CapacityReservationStatus', 'ChargeCategory',
        'ChargeClass', 'ChargeDescription', 'ChargeFrequency', 'ChargePeriodEnd', 'ChargePeriodStart',
        'CommitmentDiscountCategory', 'CommitmentDiscountId', 'CommitmentDiscountName', 'CommitmentDiscountQuantity',
        'CommitmentDiscountStatus', 'CommitmentDiscountType', 'CommitmentDiscountUnit',
        'CommitmentProgramEligibilityDetails', 'ConsumedQuantity', 'ConsumedUnit', 'ContractApplied', 'ContractedCost',
        'ContractedUnitPrice', 'EffectiveCost', 'HostProviderName', 'InvoiceDetailId', 'InvoiceId', 'InvoiceIssuerName',
        'ListCost', 'ListUnitPrice', 'PricingCategory', 'PricingCurrency', 'PricingCurrencyContractedUnitPrice',
        'PricingCurrencyEffectiveCost', 'PricingCurrencyListUnitPrice', 'PricingQuantity', 'PricingUnit', 'RegionId',
        'RegionName', 'ResourceId', 'ResourceName', 'ResourceType', 'ServiceCategory', 'ServiceName',
        'ServiceProviderName', 'ServiceSubcategory', 'SkuId', 'SkuMeter', 'SkuPriceDetails', 'SkuPriceId', 'SubAccountId',
        'SubAccountName', 'SubAccountType', 'Tags',
        'x_billing_period', 'x_charge_date', 'x_charge_id', 'x_cost_state', 'x_delivery_id', 'x_provider_columns',
        'x_source_changes', 'x_source_file', 'x_source_id', 'x_source_row',
    ]) }}
{%- endmacro %}
