{#
  validity_spans: all time, from 0001-01-01 to 9999-12-31, cut wherever a row of a key begins or ends to be valid.
  relation: name of a CTE or relation with valid_from and valid_to
  keys: columns by which it is cut separately; [] cuts all together
  returns: a select of the keys, span_from, span_to (half open); spans in which no row is valid are among them
#}
{% macro validity_spans(relation, keys) -%}
    {%- set key_list = keys | join(', ') ~ (', ' if keys else '') -%}
    select
        {{ key_list }}
        span_from,
        span_to
    from (
        select
            {{ key_list }}
            bound as span_from,
            lead(bound) over ({{ 'partition by ' ~ keys | join(', ') if keys }} order by bound) as span_to
        from (
            {% for bound in ["cast('0001-01-01' as date)", 'valid_from', 'valid_to', "cast('9999-12-31' as date)"] %}
                {{ 'union' if not loop.first }}
                select {{ key_list }} {{ bound }} as bound
                from {{ relation }}
            {% endfor %}
        ) as bounds
    ) as spans
    where span_to is not null
{%- endmacro %}
