-- Catches: a FOCUS export that breaks a rule of FOCUS 1.4. What a provider wrote is passed on, never recomputed: a
-- warning.
-- Is not: a defect of the mapping; what the mapping guarantees for every source is an error, in the test beside.
{{ config(severity='warn') }}
select
    subject,
    source_kind,
    column_name,
    rule,
    actual as charge_count
from {{ ref('audit_focus_rules') }}
where
    not is_guaranteed
    and actual > 0
