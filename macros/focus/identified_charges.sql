{#
  identified_charges: a provider's FOCUS rows as they are written to the charge fact: each with its identity, the line of its
  invoice, and the commitments it draws down.
  The identity is what ownership is decided on (docs of dim_charge_identities): the columns below, as one integer. Of AI the
  meter is one of them: it alone names the model.
  What the provider itself wrote as InvoiceDetailId or ContractApplied stands. Where a bill has the id of a sub account and
  no name, the id stands for the name, as it does in the providers' own consoles: reports by name tell the accounts apart.
  relation: a provider's FOCUS model, with the columns of focus_columns()
  returns: a query, one row per charge
#}
{% macro identified_charges(relation) -%}
with charges as (
    select * from {{ relation }}
),

contract_scopes as (
    select * from {{ ref('int_contract_scopes') }}
),

contracted as (
    select
        charges.*,
        case
            when charges.ChargeCategory in ('Usage', 'Purchase')
                then coalesce(account_scopes.elements, other_scopes.elements)
        end as contract_elements,
        case
            when account_scopes.elements is not null then account_scopes.text_before_amount
            else other_scopes.text_before_amount
        end as text_before_amount
    from charges
    left join contract_scopes as account_scopes
        on
            charges.InvoiceIssuerName = account_scopes.issuer
            and charges.ServiceProviderName = account_scopes.service_provider
            and charges.BillingCurrency = account_scopes.currency
            and charges.BillingAccountId = account_scopes.billing_account_id
            and charges.x_charge_date >= account_scopes.span_from
            and charges.x_charge_date < account_scopes.span_to
    left join contract_scopes as other_scopes
        on
            charges.InvoiceIssuerName = other_scopes.issuer
            and charges.ServiceProviderName = other_scopes.service_provider
            and charges.BillingCurrency = other_scopes.currency
            and other_scopes.billing_account_id = '*'
            and charges.x_charge_date >= other_scopes.span_from
            and charges.x_charge_date < other_scopes.span_to
),

final as (
    select
        {%- for column in focus_columns() %}
        {% if column == 'ContractApplied' -%}
        case
            when ContractApplied is not null then ContractApplied
            when CommitmentDiscountStatus = 'Used' or (contract_elements is not null and text_before_amount is null)
                then {{ contract_applied() }}
            when contract_elements is not null
                then concat(text_before_amount, cast(BilledCost as {{ dbt.type_string() }}), '}]}')
        end as ContractApplied,
        {%- elif column == 'InvoiceDetailId' -%}
        coalesce(InvoiceDetailId, InvoiceId || '/' || ChargeCategory) as InvoiceDetailId,
        {%- elif column == 'SubAccountName' -%}
        coalesce(SubAccountName, SubAccountId) as SubAccountName,
        {%- elif column == 'x_source_changes' -%}
        case
            when SubAccountName is null and SubAccountId is not null
                then concat(
                    coalesce(substr(x_source_changes, 1, length(x_source_changes) - 1) || ',', '['),
                    '"sub_account_name_from_id"]'
                )
            else x_source_changes
        end as x_source_changes,
        {%- else -%}
        {{ column }},
        {%- endif %}
        {%- endfor %}
        {{ integer_key([
            'x_source_id', 'ServiceProviderName', 'HostProviderName', 'InvoiceIssuerName', 'BillingAccountId',
            'SubAccountId',
            'ResourceId', 'ResourceName', 'ServiceName',
            "case when ServiceCategory = 'AI and Machine Learning' then concat_ws('/', ServiceCategory, SkuMeter) "
            ~ "else ServiceCategory end",
            'RegionId', 'ChargeCategory', 'ChargeClass',
            'Tags', 'BillingCurrency', 'CommitmentDiscountId', 'CommitmentDiscountStatus', 'CapacityReservationStatus',
        ]) }} as x_identity_id
    from contracted
)

select * from final
{%- endmacro %}

{#-
  contract_applied: ContractApplied of a charge: the commitment discount it uses, then the negotiated commitments it counts
  towards. A discount on spend is drawn down by the charge's amortised cost, one on usage by its quantity; a negotiated
  commitment by what is billed.
-#}
{% macro contract_applied() -%}
    nullif(
        concat(
            '{"Elements":[',
            concat_ws(
                ',',
                case
                    when CommitmentDiscountStatus = 'Used'
                        and (CommitmentDiscountCategory = 'Spend' or CommitmentDiscountUnit is not null)
                        then concat(
                            '{"ContractId":', {{ json_string('CommitmentDiscountId') }},
                            ',"ContractCommitmentId":', {{ json_string('CommitmentDiscountId') }},
                            case
                                when CommitmentDiscountCategory = 'Spend'
                                    then concat(',"AppliedCost":', cast(EffectiveCost as {{ dbt.type_string() }}), '}')
                                else
                                    concat(
                                        ',"AppliedQuantity":',
                                        cast(CommitmentDiscountQuantity as {{ dbt.type_string() }}),
                                        ',"AppliedUnit":', {{ json_string('CommitmentDiscountUnit') }}, '}'
                                    )
                            end
                        )
                end,
                replace(contract_elements, '{amount}', cast(BilledCost as {{ dbt.type_string() }}))
            ),
            ']}'
        ),
        '{"Elements":[]}'
    )
{%- endmacro %}
