"""A believable estate, made up: exports, feeds, invoices and policy of a company, and the truth about them.

The generator decides who owns what *before* it writes a bill, and shares no mapping code with the models, so that its
truth (``truth/``, read by tests only) can prove them wrong.
"""

from orchestration.sample.write import SampleSummary, write_sample

__all__ = ["SampleSummary", "write_sample"]
