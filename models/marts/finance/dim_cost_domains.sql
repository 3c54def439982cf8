-- one row per domain and validity, plus the one row of 'unallocated'
{{ config(materialized='table') }}

with

cost_domains as (

    select * from {{ ref('cost_domains') }}

),

all_domains as (

    select
        domain_id,
        business_unit,
        cost_centre,
        product,
        environment,
        owner,
        approver,
        gl_account,
        legal_entity,
        chargeback_mode,
        valid_from,
        valid_to
    from cost_domains

    union all

    -- what nobody owns is a leaf of the tree like any other, so that no join can lose it
    select
        'unallocated' as domain_id,
        'Unallocated' as business_unit,
        'Unallocated' as cost_centre,
        'Unallocated' as product,
        'Unallocated' as environment,
        cast(null as {{ dbt.type_string() }}) as owner,
        cast(null as {{ dbt.type_string() }}) as approver,
        cast(null as {{ dbt.type_string() }}) as gl_account,
        cast(null as {{ dbt.type_string() }}) as legal_entity,
        'showback' as chargeback_mode,
        date '1900-01-01' as valid_from,
        date '9999-12-31' as valid_to

),

-- cost can reach a domain on a day on which no version of it is in force (a correction of a month before the first
-- version, a shared pool's window that began before the last version ended): the nearest version then applies
widened as (

    select
        domain_id,
        business_unit,
        cost_centre,
        product,
        environment,
        owner,
        approver,
        gl_account,
        legal_entity,
        chargeback_mode,
        valid_from,
        valid_to,
        lag(valid_from) over (partition by domain_id order by valid_from) as previous_valid_from,
        lead(valid_from) over (partition by domain_id order by valid_from) as next_valid_from
    from all_domains

),

final as (

    select
        domain_id,
        business_unit,
        cost_centre,
        product,
        environment,
        owner,
        approver,
        gl_account,
        legal_entity,
        chargeback_mode,
        valid_from,
        valid_to,
        case when previous_valid_from is null then date '1900-01-01' else valid_from end as applies_from,
        coalesce(next_valid_from, date '9999-12-31') as applies_to
    from widened

)

select * from final
