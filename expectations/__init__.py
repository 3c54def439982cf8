"""The gate: Great Expectations suites over control totals and published marts, which decide publish or block."""
