-- one row per source, billing period and key-value column, with how many charges hold a text in it that is not one flat
-- JSON object; each text is read once, however many charges have it
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
-- depends_on: {{ ref('int_charge_partitions') }}
{{
    config(
        materialized='partitioned',
        partition_by=['x_source_id', 'x_billing_period'],
        is_small=true,
        partitions_from='focus.int_charge_partitions',
        order_by=['column_name'],
    )
}}
with texts as (

    {% for column in focus_key_values() -%}
    select
        charges.x_source_id,
        charges.x_billing_period,
        '{{ column }}' as column_name,
        charges.{{ column }} as json_text,
        count(*) as charge_count
    from {{ ref('focus_cost_and_usage') }} as charges
    group by
        charges.x_source_id,
        charges.x_billing_period,
        charges.{{ column }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (

    select
        x_source_id,
        x_billing_period,
        column_name,
        sum(case when not {{ json_is_flat_object('json_text') }} then charge_count else 0 end) as broken_count
    from texts
    group by
        x_source_id,
        x_billing_period,
        column_name

)

select * from final
