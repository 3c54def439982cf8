-- one row per identity, matching rule of kind cmdb and configuration item found for it, for the days the item is valid
with identities as (

    select * from {{ ref('dim_charge_identities') }}

),

rules as (

    select * from {{ ref('int_ownership_rules') }}

),

name_matches as (

    select * from {{ ref('int_name_matches') }}

),

cmdb_resources as (

    select * from {{ ref('cmdb_resources') }}

),

matches as (

    {{ rule_matches('cmdb') }}

),

-- the resource's id identifies it: its name counts on days on which the CMDB does not know the id
item_keys as (

    select
        trim(ci_id) as ci_id,
        1 as search_order,
        'resource id' as found_by,
        nullif(lower(trim(resource_id)), '') as item_key,
        lower(trim(domain_id)) as domain_id,
        valid_from,
        valid_to
    from cmdb_resources
    union all
    select
        trim(ci_id) as ci_id,
        2 as search_order,
        'resource name' as found_by,
        nullif(lower(trim(resource_name)), '') as item_key,
        lower(trim(domain_id)) as domain_id,
        valid_from,
        valid_to
    from cmdb_resources

),

identity_keys as (

    select
        identity_id,
        claim_from,
        claim_to,
        rule_id,
        rule_version,
        kind,
        precedence,
        1 as search_order,
        lower(trim(resource_id)) as identity_key
    from matches
    union all
    select
        identity_id,
        claim_from,
        claim_to,
        rule_id,
        rule_version,
        kind,
        precedence,
        2 as search_order,
        lower(trim(resource_name)) as identity_key
    from matches

),

final as (

    select
        identity_keys.identity_id,
        greatest(identity_keys.claim_from, item_keys.valid_from) as claim_from,
        least(identity_keys.claim_to, item_keys.valid_to) as claim_to,
        identity_keys.rule_id,
        identity_keys.rule_version,
        identity_keys.kind,
        identity_keys.precedence,
        identity_keys.search_order,
        item_keys.domain_id,
        cast(null as {{ dbt.type_string() }}) as pool_id,
        'configuration item ' || item_keys.ci_id || ' by ' || item_keys.found_by as evidence,
        cast(null as {{ dbt.type_string() }}) as reason
    from identity_keys
    inner join item_keys
        on
            identity_keys.search_order = item_keys.search_order
            and identity_keys.identity_key = item_keys.item_key
            and identity_keys.claim_from < item_keys.valid_to
            and identity_keys.claim_to > item_keys.valid_from

)

select * from final
