-- one row per billing period, idle hour of a GPU, identity, day of charge and owner
-- A charge is taken hour by hour, and within the hour GPU by GPU, as intervals of its running share that never overlap:
-- whatever idles, all of it together is at most the charge, to the last digit.
{{ config(
    materialized='table_when',
    needed_when='select 1 from allocation.int_gpu_hours where is_idle and billed_resource is not null',
) }}
with gpu_hours as (

    select * from {{ ref('int_gpu_hours') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

charges as (

    select * from {{ ref('focus_cost_and_usage') }}

),

owners as (

    select * from {{ ref('int_charge_owners') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

billed_identities as (

    select
        identity_id,
        lower(trim(resource_id)) as billed_resource
    from identities
    where
        charge_category = 'Usage'
        and charge_class is null

),

machines as (

    select
        billed_identities.identity_id,
        billed_identities.billed_resource
    from billed_identities
    where
        billed_identities.billed_resource in (
            select gpu_hours.billed_resource from gpu_hours
            where gpu_hours.is_idle
        )

),

-- a charge of less than an hour that says how long it ran (a machine that was taken away) is of that time only
machine_charges as (

    select
        charges.x_billing_period as billing_period,
        machines.billed_resource,
        charges.x_identity_id as identity_id,
        charges.x_charge_date as charge_date,
        charges.ChargePeriodStart as charge_start,
        charges.ChargePeriodEnd as charge_end,
        charges.BillingCurrency as billing_currency,
        charges.EffectiveCost as effective_cost,
        charges.BilledCost as billed_cost,
        {{ double_from_decimal('charges.EffectiveCost') }} as effective_cost_as_double,
        {{ double_from_decimal('charges.BilledCost') }} as billed_cost_as_double,
        cast(
            {{ dbt.datediff('charges.ChargePeriodStart', 'charges.ChargePeriodEnd', 'second') }}  -- noqa: LT05
            as double
        ) as charge_seconds,
        case
            when
                lower(charges.ConsumedUnit) in ('hours', 'hour', 'hrs')
                and charges.ConsumedQuantity > 0 and charges.ConsumedQuantity < 1
                then cast(charges.ConsumedQuantity as double)
            else 1
        end as charged_hours
    from charges
    inner join machines
        on charges.x_identity_id = machines.identity_id
    where
        charges.x_billing_period in (select run_scope.billing_period from run_scope)
        and charges.ChargePeriodEnd > charges.ChargePeriodStart

),

overlapping as (

    select
        gpu_hours.billing_period,
        gpu_hours.resource_key,
        gpu_hours.gpu,
        gpu_hours.slice,
        gpu_hours.hour_start,
        gpu_hours.gpu_from,
        gpu_hours.gpu_to,
        machine_charges.identity_id,
        machine_charges.charge_date,
        machine_charges.billing_currency,
        machine_charges.effective_cost,
        machine_charges.billed_cost,
        machine_charges.effective_cost_as_double,
        machine_charges.billed_cost_as_double,
        machine_charges.charge_seconds,
        least(1, cast(gpu_hours.measured_hours as double) / machine_charges.charged_hours) as idle_part,
        {{ dbt.datediff('machine_charges.charge_start', 'gpu_hours.hour_start', 'second') }}  -- noqa: LT05
            as seconds_before
    from gpu_hours
    inner join machine_charges
        on
            gpu_hours.billing_period = machine_charges.billing_period
            and gpu_hours.billed_resource = machine_charges.billed_resource
            and gpu_hours.hour_start < machine_charges.charge_end
            and {{ dbt.dateadd('hour', 1, 'gpu_hours.hour_start') }} > machine_charges.charge_start
    where gpu_hours.is_idle

),

in_hours as (

    select
        *,
        greatest(0, seconds_before / charge_seconds) as hour_from,
        least(1, (seconds_before + 3600) / charge_seconds) as hour_to
    from overlapping

),

-- bounds that meet are the same double: those of a whole hour and a whole GPU are not worked out
bounded as (

    select
        *,
        case
            when gpu_from = 0 then hour_from
            else hour_from + (hour_to - hour_from) * gpu_from
        end as share_from,
        case
            when idle_part < 1
                then hour_from + (hour_to - hour_from) * (gpu_from + (gpu_to - gpu_from) * idle_part)
            when gpu_to >= 1 then hour_to
            else hour_from + (hour_to - hour_from) * gpu_to
        end as share_to
    from in_hours

),

parts as (

    select
        *,
        {{ split_amount('effective_cost', 'effective_cost_as_double', 'share_from', 'share_to') }}
            as idle_effective_cost,
        {{ split_amount('billed_cost', 'billed_cost_as_double', 'share_from', 'share_to') }} as idle_billed_cost
    from bounded
    where share_from < share_to

),

final as (

    select
        parts.billing_period,
        parts.resource_key,
        parts.gpu,
        parts.slice,
        parts.hour_start,
        parts.identity_id,
        parts.charge_date,
        owners.domain_id,
        owners.pool_id,
        parts.billing_currency,
        sum(parts.idle_effective_cost) as effective_cost,
        sum(parts.idle_billed_cost) as billed_cost,
        sum(abs(parts.idle_effective_cost)) as gross_effective_cost
    from parts
    left join owners
        on
            parts.identity_id = owners.identity_id
            and parts.charge_date >= owners.segment_from
            and parts.charge_date < owners.segment_to
    group by
        parts.billing_period,
        parts.resource_key,
        parts.gpu,
        parts.slice,
        parts.hour_start,
        parts.identity_id,
        parts.charge_date,
        owners.domain_id,
        owners.pool_id,
        parts.billing_currency

)

select * from final
