-- one row per unit of measure and additional info of the run's periods: in what blocks a price counts, and of what it
-- is the price
{{ config(materialized='table') }}

with run_scope as (
    select * from {{ ref('stg_landing__run_scope') }}
),

units as (
    select * from {{ ref('units') }}
),

meters as (
    select distinct
        coalesce(unit_of_measure, '') as unit_of_measure,
        coalesce(additional_info, '') as additional_info
    from {{ ref('stg_azure__cost_details') }}
    where x_billing_period in (select billing_period from run_scope)
),

-- `10K`, `100 GB`, `1 Hour`, `1/Month`: a number, perhaps thousands or millions, and a unit, perhaps none
parts as (
    select
        unit_of_measure,
        additional_info,
        {{ regexp_group('unit_of_measure', "'^([0-9]{1,9})'") }} as block_text,
        {{ regexp_group('unit_of_measure', "'^[0-9]+([KM])(?:$|[ /])'") }} as multiple,
        nullif(
            trim({{ regexp_group('unit_of_measure', "'^(?:[0-9]+(?:[KM]$|[KM] |[KM]/| )?)?(.*)$'") }}), ''
        ) as unit_text,
        case
            when {{ json_is_valid('additional_info') }} and substr(additional_info, 1, 1) = '{' then additional_info
        end as document
    from meters
),

blocks as (
    select
        unit_of_measure,
        additional_info,
        document,
        case
            when {{ regexp_matches('unit_of_measure', "'^[0-9]+[KM]/'") }} then concat('/', unit_text)
            else unit_text
        end as unit_text,
        coalesce(nullif(cast(block_text as bigint), 0), 1)
        * case multiple when 'K' then 1000 when 'M' then 1000000 else 1 end as block_size
    from parts
),

attributes as (
    select
        documents.additional_info,
        {{ text_agg(
            "concat(" ~ json_string("case members.member_key when 'ServiceType' then 'InstanceType'"
            ~ " when 'VCPUs' then case when " ~ regexp_matches('members.member_value', "'^[0-9]+$'")
            ~ " then 'CoreCount' else 'x_VCPUs' end else concat('x_', members.member_key) end")
            ~ ", ':', case when members.member_key = 'VCPUs' and " ~ regexp_matches('members.member_value', "'^[0-9]+$'")
            ~ " then members.member_value else " ~ json_string('members.member_value') ~ " end)",
            ',', 'members.member_key') }} as members
    from (
        select distinct
            additional_info,
            document
        from parts
        where document is not null
    ) as documents, {{ json_members('documents.document', 'members') }}
    where members.member_value is not null and members.member_value <> ''
    group by documents.additional_info
),

final as (
    select
        blocks.unit_of_measure,
        blocks.additional_info,
        cast(blocks.block_size as decimal(38, 12)) as block_size,
        -- exact for blocks of 10, 100, …; decimals have no division
        cast(1.0 / blocks.block_size as decimal(38, 12)) as share_of_block,
        case when blocks.unit_of_measure <> '' then coalesce(units.unit, blocks.unit_text, 'Units') end as unit,
        case
            when blocks.unit_of_measure = '' then null
            when blocks.block_size = 1 then coalesce(units.unit, blocks.unit_text, 'Units')
            else concat(cast(blocks.block_size as varchar), ' ', coalesce(units.unit, blocks.unit_text, 'Units'))
        end as block_unit,
        case when attributes.members is not null then concat('{', attributes.members, '}') end as price_details
    from blocks
    left join attributes
        on blocks.additional_info = attributes.additional_info
    left join units
        on blocks.unit_text = units.native_unit
)

select * from final
