"""The gate: Great Expectations suites over control totals and published marts, which decide publish or block.

Importing this package is cheap; ``expectations.gate`` imports Great Expectations, which takes seconds.
"""
