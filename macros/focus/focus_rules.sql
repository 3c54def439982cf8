{#
  focus_rules: the rules of FOCUS 1.4 Cost and Usage that one row can break, beyond the allowed values of a column; and ours
  for the columns that say where a charge comes from.
  returns: a list of dicts
    rule: what must hold, as words; column: the column it is about
    broken: SQL boolean expression over the columns of focus_cost_and_usage; null counts as not broken
    guaranteed: true when the mapping of every source establishes it; false when a FOCUS export that is passed through may
                break it, because the provider wrote it so and nothing of it is recomputed
  A deviation that a row itself declares in x_source_changes does not count: it is known, and in the data.
#}
{% macro focus_rules() -%}
    {%- set rules = [] -%}
    {%- set of_the_provider = ['BillingAccountType', 'BillingAccountId', 'PricingCurrencyEffectiveCost'] -%}
    {%- for column in focus_never_null() -%}
        {%- do rules.append(_focus_rule('is never null', column, column ~ ' is null', column not in of_the_provider)) -%}
    {%- endfor -%}

    {%- for column in [
        'x_billing_period', 'x_charge_date', 'x_cost_state', 'x_delivery_id', 'x_identity_id', 'x_source_file', 'x_source_id',
        'x_source_row',
    ] -%}
        {%- do rules.append(_focus_rule('is never null', column, column ~ ' is null')) -%}
    {%- endfor -%}
    {%- do rules.append(_focus_rule(
        'is one of the allowed values', 'x_cost_state', "x_cost_state not in ('estimated', 'provisional', 'invoiced')")) -%}
    {%- do rules.append(_focus_rule(
        'is the day of ChargePeriodStart', 'x_charge_date', 'x_charge_date <> cast(ChargePeriodStart as date)')) -%}

    {%- do rules.append(_focus_rule('ends after it starts', 'BillingPeriodEnd', 'BillingPeriodEnd <= BillingPeriodStart')) -%}
    {%- do rules.append(_focus_rule('ends after it starts', 'ChargePeriodEnd', 'ChargePeriodEnd <= ChargePeriodStart')) -%}
    {%- do rules.append(_focus_rule(
        'is Correction only for what is earlier than the billing period', 'ChargeClass',
        "ChargeClass = 'Correction' and ChargePeriodStart >= BillingPeriodStart", false)) -%}

    {%- do rules.append(_focus_rule(
        'is not Usage-Based for purchases', 'ChargeFrequency',
        "ChargeCategory = 'Purchase' and ChargeFrequency = 'Usage-Based'", false)) -%}
    {%- do rules.append(_focus_rule(
        'is null exactly when InvoiceId is', 'InvoiceDetailId', '(InvoiceId is null) <> (InvoiceDetailId is null)', false)) -%}
    {%- for column in [
        'BillingAccountId', 'CommitmentDiscountId', 'InvoiceId', 'RegionId', 'ResourceId', 'ServiceName', 'SkuId', 'SkuPriceId',
        'SubAccountId',
    ] -%}
        {%- do rules.append(_focus_rule('is null rather than empty', column, column ~ " in ('', 'NULL', 'N/A')", false)) -%}
    {%- endfor -%}

    {#- what has a price, and what a price needs -#}
    {%- set priced = "ChargeCategory in ('Usage', 'Purchase') and ChargeClass is null" -%}
    {%- for column in ['SkuPriceId', 'PricingCategory', 'PricingQuantity', 'ListUnitPrice', 'ContractedUnitPrice'] -%}
        {%- do rules.append(_focus_rule(
            'is null for tax', column, "ChargeCategory = 'Tax' and " ~ column ~ ' is not null', false)) -%}
        {%- do rules.append(_focus_rule(
            'is not null for usage and purchases', column, priced ~ ' and ' ~ column ~ ' is null',
            false, 'price_not_in_bill')) -%}
    {%- endfor -%}
    {%- for column in [
        'ListUnitPrice', 'ContractedUnitPrice', 'PricingQuantity', 'PricingCategory', 'ConsumedQuantity',
        'CommitmentDiscountQuantity', 'SkuPriceDetails',
    ] -%}
        {%- do rules.append(_focus_rule(
            'is null without a SkuPriceId', column, 'SkuPriceId is null and ' ~ column ~ ' is not null', false)) -%}
    {%- endfor -%}
    {%- do rules.append(_focus_rule('is null without a SkuId', 'SkuMeter', 'SkuId is null and SkuMeter is not null', false)) -%}
    {%- do rules.append(_focus_rule('is null for tax', 'SkuId', "ChargeCategory = 'Tax' and SkuId is not null", false)) -%}
    {%- do rules.append(_focus_rule(
        'is not null for usage and purchases without a commitment', 'SkuId',
        priced ~ ' and CommitmentDiscountId is null and SkuId is null', false, 'price_not_in_bill')) -%}
    {%- for column in [
        'ListUnitPrice', 'ContractedUnitPrice', 'PricingCurrencyListUnitPrice', 'PricingCurrencyContractedUnitPrice',
    ] -%}
        {%- do rules.append(_focus_rule(
            'is not negative', column, column ~ ' < 0', column in ['ListUnitPrice', 'ContractedUnitPrice'])) -%}
    {%- endfor -%}
    {%- do rules.append(_focus_rule(
        'is ListUnitPrice × PricingQuantity', 'ListCost', is_not_product('ListCost', 'ListUnitPrice', 'PricingQuantity'),
        true, 'list_cost_is_not_price_times_quantity')) -%}
    {%- do rules.append(_focus_rule(
        'is ContractedUnitPrice × PricingQuantity', 'ContractedCost',
        is_not_product('ContractedCost', 'ContractedUnitPrice', 'PricingQuantity'),
        true, 'contracted_cost_is_not_price_times_quantity')) -%}

    {#- a quantity and its unit come together -#}
    {%- for quantity, unit in [
        ('PricingQuantity', 'PricingUnit'), ('ConsumedQuantity', 'ConsumedUnit'),
        ('CommitmentDiscountQuantity', 'CommitmentDiscountUnit'),
    ] -%}
        {%- do rules.append(_focus_rule(
            'is null exactly when ' ~ quantity ~ ' is', unit, '(' ~ quantity ~ ' is null) <> (' ~ unit ~ ' is null)', false)) -%}
    {%- endfor -%}
    {%- do rules.append(_focus_rule(
        'is for usage only', 'ConsumedQuantity', "ChargeCategory <> 'Usage' and ConsumedQuantity is not null")) -%}
    {%- do rules.append(_focus_rule(
        'is null for the unused part of a commitment', 'ConsumedQuantity',
        "CommitmentDiscountStatus = 'Unused' and ConsumedQuantity is not null")) -%}

    {#- commitments and reserved capacity -#}
    {%- do rules.append(_focus_rule(
        'is null but on usage and purchases of a commitment', 'CommitmentDiscountQuantity',
        "CommitmentDiscountQuantity is not null and (CommitmentDiscountId is null or ChargeCategory not in ('Usage', 'Purchase'))")) -%}
    {%- do rules.append(_focus_rule(
        'is not null on usage and purchases of a commitment', 'CommitmentDiscountQuantity',
        priced ~ ' and CommitmentDiscountId is not null and CommitmentDiscountQuantity is null',
        false, 'commitment_quantity_unknown')) -%}
    {%- for id, status in [
        ('CommitmentDiscountId', 'CommitmentDiscountStatus'), ('CapacityReservationId', 'CapacityReservationStatus'),
    ] -%}
        {%- do rules.append(_focus_rule(
            'is null without ' ~ id, status, id ~ ' is null and ' ~ status ~ ' is not null')) -%}
        {%- do rules.append(_focus_rule(
            'is not null on usage with ' ~ id, status,
            "ChargeCategory = 'Usage' and " ~ id ~ ' is not null and ' ~ status ~ ' is null',
            status == 'CommitmentDiscountStatus')) -%}
    {%- endfor -%}
    {%- for column in ['CommitmentDiscountCategory', 'CommitmentDiscountType'] -%}
        {%- do rules.append(_focus_rule(
            'is null exactly when CommitmentDiscountId is', column,
            '(CommitmentDiscountId is null) <> (' ~ column ~ ' is null)', false)) -%}
    {%- endfor -%}

    {#- names and types belong to their id -#}
    {%- for id, column in [
        ('CommitmentDiscountId', 'CommitmentDiscountName'), ('ResourceId', 'ResourceName'), ('ResourceId', 'ResourceType'),
        ('SubAccountId', 'SubAccountName'), ('SubAccountId', 'SubAccountType'),
    ] -%}
        {%- do rules.append(_focus_rule('is null without ' ~ id, column, id ~ ' is null and ' ~ column ~ ' is not null')) -%}
    {%- endfor -%}
    {%- for id, column in [
        ('ResourceId', 'ResourceType'), ('SubAccountId', 'SubAccountName'), ('SubAccountId', 'SubAccountType'),
    ] -%}
        {%- do rules.append(_focus_rule(
            'is not null with ' ~ id, column, id ~ ' is not null and ' ~ column ~ ' is null',
            column == 'SubAccountName')) -%}
    {%- endfor -%}
    {%- do rules.append(_focus_rule(
        'is null exactly when RegionId is', 'RegionName', '(RegionId is null) <> (RegionName is null)', false)) -%}
    {%- do rules.append(_focus_rule('is not the id again', 'ResourceName', 'ResourceName = ResourceId', false)) -%}
    {%- do rules.append(_focus_rule(
        'is null exactly when AllocatedResourceId is', 'AllocatedResourceName',
        '(AllocatedResourceId is null) <> (AllocatedResourceName is null)', false)) -%}
    {%- for column in ['AllocatedMethodDetails', 'AllocatedResourceId', 'AllocatedTags'] -%}
        {%- do rules.append(_focus_rule(
            'is null without AllocatedMethodId', column, 'AllocatedMethodId is null and ' ~ column ~ ' is not null', false)) -%}
    {%- endfor -%}

    {#- costs -#}
    {%- do rules.append(_focus_rule(
        'is BilledCost for tax and credits', 'EffectiveCost',
        "ChargeCategory in ('Tax', 'Credit') and EffectiveCost <> BilledCost", false)) -%}
    {%- do rules.append(_focus_rule(
        'is 0 for purchases of a commitment', 'EffectiveCost',
        "ChargeCategory = 'Purchase' and CommitmentDiscountId is not null and EffectiveCost <> 0",
        false, 'commitment_fee_not_amortised')) -%}
    {%- do rules.append(_focus_rule(
        'is 0 for the unused part of a commitment', 'BilledCost',
        "CommitmentDiscountStatus = 'Unused' and BilledCost <> 0", false)) -%}
    {%- do rules.append(_focus_rule(
        'is EffectiveCost when both currencies are the same', 'PricingCurrencyEffectiveCost',
        'PricingCurrency = BillingCurrency and PricingCurrencyEffectiveCost <> EffectiveCost', false)) -%}
    {%- for column in ['ListUnitPrice', 'ContractedUnitPrice'] -%}
        {%- do rules.append(_focus_rule(
            'is ' ~ column ~ ' when both currencies are the same', 'PricingCurrency' ~ column,
            'PricingCurrency = BillingCurrency and PricingCurrency' ~ column ~ ' <> ' ~ column, false)) -%}
    {%- endfor -%}
    {%- do rules.append(_focus_rule(
        'is BilledCost for usage that nothing covers', 'EffectiveCost',
        priced ~ " and ChargeCategory = 'Usage' and CommitmentDiscountId is null and ContractApplied is null"
        ~ ' and EffectiveCost <> BilledCost', false, 'amortised')) -%}

    {#- objects: their keys; that they are JSON, and what else is in them, is a test of the exports -#}
    {%- do rules.append(_focus_rule(
        'lists commitments, each with a cost or with a quantity and its unit', 'ContractApplied',
        "not (ContractApplied like '{\"Elements\":[{%}]}'"
        ~ " and ContractApplied like '%\"ContractId\":%' and ContractApplied like '%\"ContractCommitmentId\":%'"
        ~ " and (ContractApplied like '%\"AppliedCost\":%'"
        ~ " or (ContractApplied like '%\"AppliedQuantity\":%' and ContractApplied like '%\"AppliedUnit\":%')))", false)) -%}
    {%- do rules.append(_focus_rule(
        'lists shares', 'AllocatedMethodDetails',
        "not (AllocatedMethodDetails like '{\"Elements\":[{%}]}' and AllocatedMethodDetails like '%\"AllocatedRatio\":%')",
        false)) -%}
    {%- do rules.append(_focus_rule(
        'lists programs', 'CommitmentProgramEligibilityDetails',
        "not (CommitmentProgramEligibilityDetails like '{\"CommitmentPrograms\":[%]}')", false)) -%}
    {{ return(rules) }}
{%- endmacro %}

{#- one rule; known_as is the code in x_source_changes by which a row declares that it deviates -#}
{% macro _focus_rule(rule, column, broken, guaranteed=true, known_as=none) -%}
    {%- if known_as -%}
        {%- set broken = '(' ~ broken ~ ") and coalesce(x_source_changes, '') not like '%" ~ known_as ~ "%'" -%}
    {%- endif -%}
    {{ return({'rule': rule, 'column': column, 'broken': broken, 'guaranteed': guaranteed}) }}
{%- endmacro %}

{#
  focus_dataset_rules: the rules of FOCUS 1.4 for a dataset beside Cost and Usage, that one row can break, beyond the allowed
  values of a column. They are made here, so all of them are guaranteed.
  dataset: ContractCommitment, InvoiceDetail or BillingPeriod
  returns: as focus_rules
#}
{% macro focus_dataset_rules(dataset) -%}
    {%- set rules = [] -%}
    {%- for column in focus_never_null(dataset) -%}
        {%- do rules.append(_focus_rule('is never null', column, column ~ ' is null')) -%}
    {%- endfor -%}
    {%- if dataset == 'BillingPeriod' -%}
        {%- do rules.append(_focus_rule('ends after it starts', 'BillingPeriodEnd', 'BillingPeriodEnd <= BillingPeriodStart')) -%}
        {%- do rules.append(_focus_rule(
            'is not before it was created', 'BillingPeriodLastUpdated', 'BillingPeriodLastUpdated < BillingPeriodCreated')) -%}
    {%- elif dataset == 'InvoiceDetail' -%}
        {%- do rules.append(_focus_rule('ends after it starts', 'BillingPeriodEnd', 'BillingPeriodEnd <= BillingPeriodStart')) -%}
        {%- do rules.append(_focus_rule(
            'is not before it was created', 'InvoiceDetailLastUpdated', 'InvoiceDetailLastUpdated < InvoiceDetailCreated')) -%}
        {%- do rules.append(_focus_rule(
            'is null while the invoice is open', 'InvoiceIssueDate', "InvoiceIssueStatus = 'Open' and InvoiceIssueDate is not null")) -%}
        {%- do rules.append(_focus_rule(
            'is BilledCost when both currencies are the same', 'PaymentCurrencyBilledCost',
            'PaymentCurrency = BillingCurrency and PaymentCurrencyBilledCost <> BilledCost')) -%}
        {%- do rules.append(_focus_rule(
            'is within the tolerance of the charges it sums over', 'BilledCost',
            "InvoiceIssueStatus <> 'Open' and ChargeCategory <> 'Tax' and x_charge_count > 0 and abs(BilledCost - x_charged_cost) > "
            ~ 'greatest(1, sqrt(cast(x_charge_count as double)) * 0.005)')) -%}
        {%- do rules.append(_focus_rule(
            'is a JSON object of scalars', 'InvoiceDetailGrain',
            "not (InvoiceDetailGrain like '{\"%\":\"%\"}')")) -%}
    {%- else -%}
        {%- for start, end in [
            ('ContractPeriodStart', 'ContractPeriodEnd'), ('ContractCommitmentPeriodStart', 'ContractCommitmentPeriodEnd'),
        ] -%}
            {%- do rules.append(_focus_rule('ends after it starts', end, end ~ ' <= ' ~ start)) -%}
        {%- endfor -%}
        {%- do rules.append(_focus_rule(
            'lies within the contract', 'ContractCommitmentPeriodStart',
            'ContractCommitmentPeriodStart < ContractPeriodStart or ContractCommitmentPeriodEnd > ContractPeriodEnd')) -%}
        {%- do rules.append(_focus_rule(
            'is not before it was created', 'ContractCommitmentLastUpdated',
            'ContractCommitmentLastUpdated < ContractCommitmentCreated')) -%}
        {%- for column in ['ContractCommitmentDiscountPercentage', 'ContractCommitmentPaymentUpfrontPercentage'] -%}
            {%- do rules.append(_focus_rule('is a share', column, column ~ ' < 0 or ' ~ column ~ ' > 1')) -%}
        {%- endfor -%}
        {%- do rules.append(_focus_rule(
            'is what the payment model says', 'ContractCommitmentPaymentUpfrontPercentage',
            "case ContractCommitmentPaymentModel when 'No Upfront' then ContractCommitmentPaymentUpfrontPercentage <> 0 "
            ~ "when 'All Upfront' then ContractCommitmentPaymentUpfrontPercentage <> 1 "
            ~ 'else ContractCommitmentPaymentUpfrontPercentage <= 0 or ContractCommitmentPaymentUpfrontPercentage >= 1 end')) -%}
        {%- do rules.append(_focus_rule(
            'is not null when money is committed', 'ContractCommitmentCost',
            "ContractCommitmentCategory = 'Spend' and ContractCommitmentCost is null", true, 'cost_not_in_bill')) -%}
        {%- do rules.append(_focus_rule(
            'is not null with a cost', 'BillingCurrency', 'ContractCommitmentCost is not null and BillingCurrency is null')) -%}
        {%- do rules.append(_focus_rule(
            'is not null when a quantity is committed', 'ContractCommitmentQuantity',
            "ContractCommitmentCategory = 'Usage' and ContractCommitmentQuantity is null", true, 'quantity_not_in_bill')) -%}
        {%- do rules.append(_focus_rule(
            'is null exactly when ContractCommitmentQuantity is', 'ContractCommitmentUnit',
            '(ContractCommitmentQuantity is null) <> (ContractCommitmentUnit is null)')) -%}
        {%- do rules.append(_focus_rule(
            'is ContractCommitmentCost when both currencies are the same', 'PricingCurrencyContractCommitmentCost',
            'PricingCurrency = BillingCurrency and PricingCurrencyContractCommitmentCost <> ContractCommitmentCost')) -%}
        {%- do rules.append(_focus_rule(
            'is a length in days, months or years', 'ContractCommitmentDurationType',
            'not ' ~ regexp_matches('ContractCommitmentDurationType', "'^[1-9][0-9]* (Day|Month|Year)s?$'"))) -%}
        {%- do rules.append(_focus_rule(
            'is a JSON object of scopes', 'ContractCommitmentApplicability',
            "not (ContractCommitmentApplicability like '{\"Is%Scope\":true}' or ContractCommitmentApplicability like '{\"Inclusions\":[{%}],%}')")) -%}
    {%- endif -%}
    {{ return(rules) }}
{%- endmacro %}

{#
  focus_enumerations: columns of a dataset whose values FOCUS 1.4 fixes by a list, or by the ISO list of currencies.
  dataset: a FOCUS dataset
  returns: a list of dicts: column; guaranteed: as in focus_rules
#}
{% macro focus_enumerations(dataset='CostAndUsage') -%}
    {%- set columns = {
        'CostAndUsage': {
            'BillingCurrency': true, 'CapacityReservationStatus': false, 'ChargeCategory': true, 'ChargeClass': true,
            'ChargeFrequency': true, 'CommitmentDiscountCategory': false, 'CommitmentDiscountStatus': true,
            'PricingCategory': true, 'PricingCurrency': false, 'ServiceCategory': true, 'ServiceSubcategory': true,
        },
        'ContractCommitment': {
            'BillingCurrency': true, 'ContractCommitmentBenefitCategory': true, 'ContractCommitmentCategory': true,
            'ContractCommitmentFulfillmentInterval': true, 'ContractCommitmentLifecycleStatus': true,
            'ContractCommitmentModel': true, 'ContractCommitmentOfferCategory': true,
            'ContractCommitmentPaymentInterval': true, 'ContractCommitmentPaymentModel': true, 'PricingCurrency': true,
        },
        'InvoiceDetail': {
            'BillingCurrency': true, 'ChargeCategory': true, 'InvoiceIssueStatus': true, 'PaymentCurrency': true,
        },
        'BillingPeriod': {'BillingPeriodStatus': true},
    } -%}
    {%- set listed = [] -%}
    {%- for column, guaranteed in columns[dataset].items() -%}
        {%- do listed.append({'column': column, 'guaranteed': guaranteed}) -%}
    {%- endfor -%}
    {{ return(listed) }}
{%- endmacro %}

{# focus_key_values: the columns of Cost and Usage that hold a key-value object; returns a list of names #}
{% macro focus_key_values() -%}
    {{ return(['AllocatedTags', 'SkuPriceDetails', 'Tags']) }}
{%- endmacro %}

{# focus_units: the columns of Cost and Usage that hold a unit; returns a list of names #}
{% macro focus_units() -%}
    {{ return(['CommitmentDiscountUnit', 'ConsumedUnit', 'PricingUnit']) }}
{%- endmacro %}

{#
  focus_datasets: the datasets of FOCUS 1.4 beside Cost and Usage.
  returns: a dict of dataset → model
#}
{% macro focus_datasets() -%}
    {{ return({
        'ContractCommitment': 'focus_contract_commitment',
        'InvoiceDetail': 'focus_invoice_detail',
        'BillingPeriod': 'focus_billing_period',
    }) }}
{%- endmacro %}
