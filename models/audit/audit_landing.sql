-- one row per delivery in force
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

deliveries as (

    select * from {{ ref('stg_landing__deliveries') }}

),

final as (

    select
        deliveries.billing_period,
        deliveries.source_id || ' ' || deliveries.billing_period || ', delivery ' || deliveries.delivery_id || ', rows'
        || case when deliveries.declared_row_count is null then ' (it declares no number of rows)' else '' end
            as subject,
        deliveries.source_id,
        deliveries.source_kind,
        deliveries.delivery_id,
        deliveries.scope,
        'rows' as metric,
        cast(deliveries.declared_row_count as decimal(38, 12)) as expected,
        cast(deliveries.row_count as decimal(38, 12)) as actual,
        cast(deliveries.row_count - deliveries.declared_row_count as decimal(38, 12)) as difference,
        {{ json_value('deliveries.drift', 'changes') }} is null as has_same_columns,
        {{ json_value('deliveries.drift', 'changes') }} as changed_columns
    from deliveries
    inner join run_scope
        on deliveries.billing_period = run_scope.billing_period
    where deliveries.in_force

)

select * from final
