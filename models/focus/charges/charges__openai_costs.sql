-- one row per charge of OpenAI's costs
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind = 'openai_costs'") }}

{{ identified_charges(ref('focus__openai_costs')) }}
