-- Catches: a mapping that breaks a rule of FOCUS 1.4 (a null where none may be, a value outside its list, a quantity
-- without its unit, a price that does not multiply out …) without saying so in x_source_changes. Names source, column,
-- rule and count.
-- Is not: a judgement of what a provider wrote in its own FOCUS export; that is a warning, in the test beside.
select
    subject,
    source_kind,
    column_name,
    rule,
    actual as charge_count
from {{ ref('audit_focus_rules') }}
where
    is_guaranteed
    and actual > 0
