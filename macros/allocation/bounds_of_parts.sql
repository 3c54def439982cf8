{#
  bounds_of_parts: parts of a whole as intervals of the running share, from exactly 0 to exactly 1, without gaps.
  relation: CTE; keys: columns that name the whole; part: column, decimal above 0, which need not sum to 1
  order_by: columns that, with the keys, name a part
  returns: query: the relation's columns, share_from, share_to (double); a part too small to move a double has no row
#}
{% macro bounds_of_parts(relation, keys, part, order_by) -%}
    select *
    from (
        select
            parts.*,
            cast(running_part - {{ part }} as double) / cast(whole_part as double) as share_from,
            cast(running_part as double) / cast(whole_part as double) as share_to
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
