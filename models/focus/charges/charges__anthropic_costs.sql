-- one row per charge of Anthropic's costs
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind = 'anthropic_costs'") }}

{{ identified_charges(ref('focus__anthropic_costs')) }}
