"""The AI gateway: what is enforced where the calls pass, and what is decided and told beside it.

`plugin` runs inside a LiteLLM proxy, with `rules`, `calls`, `rotating_log` and `state`; these need nothing but the
standard library (and LiteLLM), so that a proxy's environment can hold them. `publishing` and `watching` run where
Tieout runs. Both sides meet in one folder: `GatewayFolder`.
"""
