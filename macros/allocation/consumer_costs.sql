{#
  consumer_costs: rows of the ledger, each divided among the consumers of its share, exact by construction.
  ledger: relation, rows of fct_allocated_costs (billing_period, share_id, the four costs) with any further columns
  consumer_shares: relation, fct_consumer_shares
  columns: names of the ledger's columns to return
  returns: query: the columns, via_pool_id, consumer_id, billed_cost, effective_cost, list_cost, contracted_cost

  Every row of the ledger is there, and its parts add up to it to the last digit, whatever its sign: bounds are those
  of the share, parts are taken as split_amount takes them. A row of whose consumers nothing is known, be it that it has
  no share at all, is one row with consumer_id null. via_pool_id is the pool that the cost was handed to because of
  the consumer; null when the consumer's own target bears it.
#}
{% macro consumer_costs(ledger, consumer_shares, columns) -%}
    {%- set metrics = ['billed_cost', 'effective_cost', 'list_cost', 'contracted_cost'] -%}
    select
        {%- for column in columns %}
        costs.{{ column }},
        {%- endfor %}
        consumers.via_pool_id,
        consumers.consumer_id,
        {%- for metric in metrics %}
        {{ split_amount(
            'costs.' ~ metric, 'costs.' ~ metric ~ '_as_double',
            'coalesce(consumers.share_from, 0)', 'coalesce(consumers.share_to, 1)'
        ) }} as {{ metric }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            {{ ledger }}.*,
            {%- for metric in metrics %}
            {{ double_from_decimal(ledger ~ '.' ~ metric) }} as {{ metric }}_as_double{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ ledger }}
    ) as costs
    left join {{ consumer_shares }} as consumers
        on
            costs.billing_period = consumers.billing_period
            and costs.share_id = consumers.share_id
{%- endmacro %}
