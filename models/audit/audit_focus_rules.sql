-- one row per rule of FOCUS 1.4, billing period and (for Cost and Usage) source, with how many rows break it
-- Allowed values and units are judged per combination of them, which are few (int_focus_shapes).
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
{% set rules = focus_rules() %}
{% set enumerations = focus_enumerations() %}
{% set units = focus_units() %}
{% set datasets = focus_datasets() %}
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

partitions as (

    select * from {{ ref('stg_landing__partitions') }}

),

{% for dataset, model in datasets.items() -%}
{{ model }} as (

    select * from {{ ref(model) }}

),

{% endfor -%}
focus_columns as (

    select * from {{ ref('focus_columns') }}

),

service_subcategories as (

    select * from {{ ref('service_subcategories') }}

),

currencies as (

    select * from {{ ref('currencies') }}

),

shapes as (

    select * from {{ ref('int_focus_shapes') }}
    where x_billing_period in (select run_scope.billing_period from run_scope)

),

texts as (

    select * from {{ ref('int_focus_texts') }}
    where x_billing_period in (select run_scope.billing_period from run_scope)

),

sources as (

    select
        x_source_id,
        x_billing_period,
        {% for rule in rules -%}
        sum(rule_{{ loop.index }}) as rule_{{ loop.index }},
        {% endfor -%}
        sum(charge_count) as charge_count
    from shapes
    group by
        x_source_id,
        x_billing_period

),

rules as (

    {% for rule in rules -%}
    select
        {{ loop.index }} as rule_number,
        '{{ rule.rule }}' as rule,
        '{{ rule.column }}' as column_name,
        {{ rule.guaranteed | lower }} as is_guaranteed
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

row_rules as (

    select
        'CostAndUsage' as dataset,
        sources.x_source_id,
        sources.x_billing_period,
        rules.rule,
        rules.column_name,
        rules.is_guaranteed,
        case rules.rule_number
            {% for rule in rules -%}
            when {{ loop.index }} then sources.rule_{{ loop.index }}
            {% endfor %}
        end as broken_count
    from sources
    cross join rules

),

-- the lists of the column table; those of services and currencies have tables of their own
allowed_values as (

    select
        focus_columns.dataset,
        focus_columns.column_name,
        listed.part as allowed_value
    from focus_columns, {{ split_to_rows('focus_columns.allowed_values', '|', 'listed') }}
    where
        focus_columns.focus_version = '1.4'
        and focus_columns.value_format = 'allowed_values'
    union all
    select distinct
        'CostAndUsage' as dataset,
        'ServiceCategory' as column_name,
        service_category as allowed_value
    from service_subcategories
    union all
    select
        'CostAndUsage' as dataset,
        'ServiceSubcategory' as column_name,
        service_category || ' > ' || service_subcategory as allowed_value
    from service_subcategories
    union all
    select
        focus_columns.dataset,
        focus_columns.column_name,
        currencies.currency as allowed_value
    from focus_columns
    cross join currencies
    where
        focus_columns.focus_version = '1.4'
        and focus_columns.value_format = 'currency'

),

found_values as (

    {% for enumeration in enumerations -%}
    select
        'CostAndUsage' as dataset,
        x_source_id,
        x_billing_period,
        '{{ enumeration.column }}' as column_name,
        {{ enumeration.guaranteed | lower }} as is_guaranteed,
        {% if enumeration.column == 'ServiceSubcategory' -%}
        ServiceCategory || ' > ' || ServiceSubcategory as found_value,
        {%- else -%}
        {{ enumeration.column }} as found_value,
        {%- endif %}
        sum(charge_count) as charge_count
    from shapes
    group by
        x_source_id,
        x_billing_period,
        {% if enumeration.column == 'ServiceSubcategory' -%}
        ServiceCategory,
        {% endif -%}
        {{ enumeration.column }}
    union all
    {% endfor -%}
    {% for dataset, model in datasets.items() -%}
    {% set last_dataset = loop.last -%}
    {% for enumeration in focus_enumerations(dataset) -%}
    select
        '{{ dataset }}' as dataset,
        cast(null as varchar) as x_source_id,
        x_billing_period,
        '{{ enumeration.column }}' as column_name,
        true as is_guaranteed,
        {{ enumeration.column }} as found_value,
        1 as charge_count
    from {{ model }}
    where x_billing_period in (select run_scope.billing_period from run_scope)
    {{ 'union all' if not (last_dataset and loop.last) }}
    {% endfor -%}
    {% endfor %}
),

value_rules as (

    select
        found_values.dataset,
        found_values.x_source_id,
        found_values.x_billing_period,
        'is one of the allowed values' as rule,
        found_values.column_name,
        found_values.is_guaranteed,
        sum(
            case
                when found_values.found_value is not null and allowed_values.allowed_value is null
                    then found_values.charge_count
                else 0
            end
        ) as broken_count
    from found_values
    left join allowed_values
        on
            found_values.dataset = allowed_values.dataset
            and found_values.column_name = allowed_values.column_name
            and found_values.found_value = allowed_values.allowed_value
    group by
        found_values.dataset,
        found_values.x_source_id,
        found_values.x_billing_period,
        found_values.column_name,
        found_values.is_guaranteed

),

-- a count or `1000 Tokens`, GB, GB-Hours, GB/Hour: plural, spelled out, an amount only in front
unit_rules as (

    {% for unit in units -%}
    select
        'CostAndUsage' as dataset,
        x_source_id,
        x_billing_period,
        'is written as FOCUS writes units' as rule,
        '{{ unit }}' as column_name,
        false as is_guaranteed,
        sum(
            case
                when
                    not {{ regexp_matches(unit, "'^([0-9]+ )?[A-Za-z][A-Za-z0-9 ()%.-]*(/[A-Za-z][A-Za-z -]*)?$'") }}
                    or {{ regexp_matches(unit, "'(^|[ /-])(Hrs|Hr|Mo|Sec)($|[ /-])'") }}
                    then charge_count
                else 0
            end
        ) as broken_count
    from shapes
    group by
        x_source_id,
        x_billing_period
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

key_value_rules as (

    select
        'CostAndUsage' as dataset,
        x_source_id,
        x_billing_period,
        'is a JSON object of scalars' as rule,
        column_name,
        false as is_guaranteed,
        broken_count
    from texts

),

dataset_rules as (

    {% for dataset, model in datasets.items() -%}
    {% set last_dataset = loop.last -%}
    {% for rule in focus_dataset_rules(dataset) -%}
    select
        '{{ dataset }}' as dataset,
        cast(null as varchar) as x_source_id,
        x_billing_period,
        '{{ rule.rule }}' as rule,
        '{{ rule.column }}' as column_name,
        true as is_guaranteed,
        sum(case when {{ rule.broken }} then 1 else 0 end) as broken_count
    from {{ model }}
    where x_billing_period in (select run_scope.billing_period from run_scope)
    group by x_billing_period
    {{ 'union all' if not (last_dataset and loop.last) }}
    {% endfor -%}
    {% endfor %}
),

all_rules as (

    select * from row_rules
    union all
    select * from value_rules
    union all
    select * from unit_rules
    union all
    select * from key_value_rules
    union all
    select * from dataset_rules

),

final as (

    select
        all_rules.x_billing_period as billing_period,
        coalesce(all_rules.x_source_id, all_rules.dataset) || ' ' || all_rules.x_billing_period || ', '
        || all_rules.column_name || ' ' || all_rules.rule as subject,
        all_rules.dataset,
        all_rules.x_source_id as source_id,
        partitions.source_kind,
        all_rules.column_name,
        all_rules.rule,
        all_rules.is_guaranteed or partitions.source_kind not like '%focus' as is_guaranteed,
        cast(0 as decimal(38, 12)) as expected,
        cast(all_rules.broken_count as decimal(38, 12)) as actual,
        cast(all_rules.broken_count as decimal(38, 12)) as difference
    from all_rules
    left join partitions
        on
            all_rules.x_source_id = partitions.source_id
            and all_rules.x_billing_period = partitions.billing_period

)

select * from final
