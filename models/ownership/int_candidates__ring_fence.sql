-- one row per identity and matching rule of kind ring_fence, for the days on which both are there:
-- an account, service or region set apart
{{ candidates_with_named_outcome('ring_fence') }}
