{#
  focus_never_null: the columns of a dataset of FOCUS 1.4 that allow no nulls (seeds/reference/focus_columns.csv, is_nullable
  false; a test keeps the two in step).
  dataset: a FOCUS dataset
  returns: a list of column names
#}
{% macro focus_never_null(dataset='CostAndUsage') -%}
    {{ return({
        'CostAndUsage': [
            'BilledCost', 'BillingAccountId', 'BillingAccountType', 'BillingCurrency', 'BillingPeriodEnd',
            'BillingPeriodStart', 'ChargeCategory', 'ChargeFrequency', 'ChargePeriodEnd', 'ChargePeriodStart',
            'ContractedCost', 'EffectiveCost', 'InvoiceIssuerName', 'ListCost', 'PricingCurrency',
            'PricingCurrencyEffectiveCost', 'ServiceCategory', 'ServiceName', 'ServiceProviderName', 'ServiceSubcategory',
        ],
        'ContractCommitment': [
            'ContractCommitmentApplicability', 'ContractCommitmentBenefitCategory', 'ContractCommitmentCategory',
            'ContractCommitmentCreated', 'ContractCommitmentDurationType', 'ContractCommitmentFulfillmentInterval',
            'ContractCommitmentId', 'ContractCommitmentLastUpdated', 'ContractCommitmentLifecycleStatus',
            'ContractCommitmentModel', 'ContractCommitmentOfferCategory', 'ContractCommitmentPaymentInterval',
            'ContractCommitmentPaymentModel', 'ContractCommitmentPaymentUpfrontPercentage', 'ContractCommitmentPeriodEnd',
            'ContractCommitmentPeriodStart', 'ContractCommitmentType', 'ContractId', 'ContractPeriodEnd',
            'ContractPeriodStart', 'InvoiceIssuerName', 'PricingCurrency', 'ServiceProviderName',
        ],
        'InvoiceDetail': [
            'BilledCost', 'BillingAccountId', 'BillingCurrency', 'BillingPeriodEnd', 'BillingPeriodStart',
            'ChargeCategory', 'InvoiceDetailCreated', 'InvoiceDetailId', 'InvoiceDetailLastUpdated', 'InvoiceId',
            'InvoiceIssueStatus', 'InvoiceIssuerName', 'PaymentCurrency', 'PaymentCurrencyBilledCost',
            'PaymentCurrencyInvoiceDetailId', 'PaymentTerms', 'ReferenceInvoiceId',
        ],
        'BillingPeriod': [
            'BillingPeriodCreated', 'BillingPeriodEnd', 'BillingPeriodLastUpdated', 'BillingPeriodStart',
            'BillingPeriodStatus', 'InvoiceIssuerName',
        ],
    }[dataset]) }}
{%- endmacro %}
