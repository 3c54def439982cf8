{#
  largest_remainder: lines of a statement, rounded to the currency's subunit so that they sum to the rounded total.

  Every line is first cut to whole subunits; the subunits still missing go one each to the lines with the largest rest,
  ties to the first line by key. A total below zero is shared as its mirror image: -0.05 over three equal lines is
  -0.02, -0.02, -0.01. Lines of both signs are cut downwards (in the direction of the total), so that the rest is
  never negative. No line moves by a whole subunit or more.

  lines:        relation or CTE
  amount:       column with the exact amount, decimal(38,12)
  decimals:     column with the decimals of the currency, as in subunit
  foots_within: columns of which each combination has its own total
  line_key:     columns that, with foots_within, name a line; they break ties
  returns:      foots_within, line_key, statement_amount decimal(38,12)
#}
{% macro largest_remainder(lines, amount, decimals, foots_within, line_key) %}
    with

    totals as (
        select
            {{ (foots_within + line_key) | join(', ') }},
            {{ amount }} as exact_amount,
            {{ decimals }} as decimals,
            sum({{ amount }}) over (partition by {{ foots_within | join(', ') }}) as exact_total
        from {{ lines }}
    ),

    mirrored as (
        select
            {{ (foots_within + line_key) | join(', ') }},
            decimals,
            exact_total < 0 as is_mirrored,
            case when exact_total < 0 then -exact_amount else exact_amount end as line_amount,
            {{ round_to_subunit('case when exact_total < 0 then -exact_total else exact_total end', 'decimals') }}
                as rounded_total,
            {{ subunit('decimals') }} as subunit
        from totals
    ),

    nearest as (
        select
            mirrored.*,
            {{ round_to_subunit('line_amount', 'decimals') }} as nearest_amount
        from mirrored
    ),

    cut as (
        select
            nearest.*,
            case
                when nearest_amount > line_amount then nearest_amount - subunit
                else nearest_amount
            end as whole_amount
        from nearest
    ),

    ranked as (
        select
            cut.*,
            rounded_total - sum(whole_amount) over (partition by {{ foots_within | join(', ') }}) as missing_amount,
            row_number() over (
                partition by {{ foots_within | join(', ') }}
                order by line_amount - whole_amount desc, {{ line_key | join(', ') }}
            ) as remainder_rank
        from cut
    ),

    completed as (
        select
            ranked.*,
            case
                when cast(remainder_rank as decimal(18, 0)) * subunit <= missing_amount then whole_amount + subunit
                else whole_amount
            end as completed_amount
        from ranked
    )

    select
        {{ (foots_within + line_key) | join(', ') }},
        cast(case when is_mirrored then -completed_amount else completed_amount end as decimal(38, 12))
            as statement_amount
    from completed
{% endmacro %}
