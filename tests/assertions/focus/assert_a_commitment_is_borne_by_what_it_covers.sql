-- Catches: a commitment whose used and unused parts do not bear what its purchase cost, over a term that is wholly
-- among the charges: an unused part lost, a fee amortised twice. A warning, as amortisation is the provider's
-- figure. Is not: a test of terms that are still running.
{{ config(severity='warn') }}
select
    subject,
    billing_currency,
    expected as purchased,
    actual as borne,
    difference,
    tolerance
from {{ ref('audit_commitments') }}
where not ties
