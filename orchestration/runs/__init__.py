"""Running billing periods: what is stale, the steps of a run, and what to tell about it afterwards."""
