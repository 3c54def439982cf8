{#
  bounds_of_parts: parts of a whole as intervals of the running share, from exactly 0 to exactly 1, without gaps.
  relation: CTE; keys: columns that name the whole; part: column, decimal(38,18); those above 0
            count, and need not sum to 1
  order_by: columns that, with the keys, name a part
  returns: query: the relation's columns, share_from, share_to (double); a part too small to move a double has no row
#}
{% macro bounds_of_parts(relation, keys, part, order_by) -%}
    select *
    from (
        select
            parts.*,
            {{ double_from_share('running_part - ' ~ part) }} / {{ double_from_share('whole_part') }} as share_from,
            {{ double_from_share('running_part') }} / {{ double_from_share('whole_part') }} as share_to
        from (
            select
                {{ relation }}.*,
                sum({{ part }}) over (
                    partition by {{ keys | join(', ') }}
                    order by {{ order_by | join(', ') }}
                    rows unbounded preceding
                ) as running_part,
                sum({{ part }}) over (partition by {{ keys | join(', ') }}) as whole_part
            from {{ relation }}
            where {{ part }} > 0
        ) as parts
    ) as bounds
    where share_from < share_to
{%- endmacro %}
