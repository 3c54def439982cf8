{#
  ai_token_classes: the kinds of token that are priced apart, and the column of usage that counts each.
  returns: dict of token class to column
#}
{% macro ai_token_classes() -%}
    {{ return({
        'input': 'input_tokens',
        'cached': 'cached_tokens',
        'cache_write': 'cache_write_tokens',
        'output': 'output_tokens',
        'reasoning': 'reasoning_tokens',
    }) }}
{%- endmacro %}

{#
  ai_consumer_attributes: what a gateway says of who calls; together they are the consumer.
  returns: list of column names
#}
{% macro ai_consumer_attributes() -%}
    {{ return(['key_id', 'team', 'cost_centre', 'workflow', 'use_case', 'product']) }}
{%- endmacro %}

{#
  ai_consumer_id: key of a consumer in dim_consumers.
  relation: relation or alias with the consumer attributes
  returns: bigint
#}
{% macro ai_consumer_id(relation) -%}
    {%- set columns = ["'ai'"] -%}
    {%- for attribute in ai_consumer_attributes() -%}
        {%- do columns.append(relation ~ '.' ~ attribute) -%}
    {%- endfor -%}
    {{ integer_key(columns) }}
{%- endmacro %}

{#
  ai_named_consumer_id: key of what is nobody's: `__idle__`, `__not_seen_by_gateway__`.
  name: plain text
  returns: bigint
#}
{% macro ai_named_consumer_id(name) -%}
    {{ integer_key(["'ai'", "'" ~ name ~ "'"]) }}
{%- endmacro %}

{#
  ai_priced: what tokens cost at a price per million, exact to 12 decimals.
  tokens: SQL expression, decimal, whole numbers below 10^20; price: SQL expression, decimal(38,12), per million
  returns: decimal(38,12); null when either is null
#}
{% macro ai_priced(tokens, price) -%}
    {{ decimal_product(
        'cast(cast(' ~ tokens ~ ' as decimal(20, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(38, 12))', price
    ) }}
{%- endmacro %}

{#
  is_general_leaf: whether a domain is the leaf of its cost centre itself.
  row: relation or alias of cost_domains
  returns: boolean expression
#}
{% macro is_general_leaf(row) -%}
    (lower(trim({{ row }}.product)) = 'general' and lower(trim({{ row }}.environment)) = 'general')
{%- endmacro %}
