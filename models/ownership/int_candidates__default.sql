-- one row per identity and matching rule of kind default, for the days on which both are there:
-- where what nothing else claims goes
{{ candidates_with_named_outcome('default') }}
