{#
  decimal_from_text: a number written as text, as decimal(38,12), rounded once, half up.
  text_expression: a text that is null or a plain or E-notation number (landing has refused anything else); a column rather
                   than a long expression, for it is repeated
  returns: decimal(38,12); null stays null

  On DuckDB the plain cast is avoided where it can be: parsing text into a 128-bit decimal costs about two hundred times
  a 64-bit one, and for E-notation with digits beyond the scale it rounds wrongly (8e-14 becomes 0.000000000001).
  So: 64 bits when the value fits, whole part and fraction apart when it does not, 24 decimals first for E-notation, and
  the plain cast for the few values left.
#}
{% macro decimal_from_text(text_expression) -%}
    {{ return(adapter.dispatch('decimal_from_text', 'tieout')(text_expression)) }}
{%- endmacro %}

{% macro default__decimal_from_text(text_expression) -%}
    cast({{ text_expression }} as decimal(38, 12))
{%- endmacro %}

{% macro duckdb__decimal_from_text(text_expression) -%}
    case
        when contains(lower({{ text_expression }}), 'e') then coalesce(
            cast(try_cast({{ text_expression }} as decimal(38, 24)) as decimal(38, 12)),
            cast({{ text_expression }} as decimal(38, 12))
        )
        else coalesce(
            cast(try_cast({{ text_expression }} as decimal(18, 12)) as decimal(38, 12)),
            cast(try_cast(split_part({{ text_expression }}, '.', 1) as bigint) as decimal(38, 12)) + cast(
                cast(
                    case when {{ text_expression }} like '-%' then '-0.' else '0.' end
                    || split_part({{ text_expression }}, '.', 2) as decimal(18, 12)
                ) as decimal(38, 12)
            ),
            cast({{ text_expression }} as decimal(38, 12))
        )
    end
{%- endmacro %}
