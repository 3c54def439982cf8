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
    {%- for id, column in [('ResourceId', 'ResourceType'), ('SubAccountId', 'SubAccountType')] -%}
        {%- do rules.append(_focus_rule(
            'is not null with ' ~ id, column, id ~ ' is not null and ' ~ column ~ ' is null', false)) -%}
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
  focus_enumerations: columns of Cost and Usage whose values FOCUS 1.4 fixes by a list, or by the ISO list of currencies.
  returns: a list of dicts: column; guaranteed: as in focus_rules
#}
{% macro focus_enumerations() -%}
    {{ return([
        {'column': 'BillingCurrency', 'guaranteed': true},
        {'column': 'CapacityReservationStatus', 'guaranteed': false},
        {'column': 'ChargeCategory', 'guaranteed': true},
        {'column': 'ChargeClass', 'guaranteed': true},
        {'column': 'ChargeFrequency', 'guaranteed': true},
        {'column': 'CommitmentDiscountCategory', 'guaranteed': false},
        {'column': 'CommitmentDiscountStatus', 'guaranteed': true},
        {'column': 'PricingCategory', 'guaranteed': true},
        {'column': 'PricingCurrency', 'guaranteed': false},
        {'column': 'ServiceCategory', 'guaranteed': true},
        {'column': 'ServiceSubcategory', 'guaranteed': true},
    ]) }}
{%- endmacro %}
