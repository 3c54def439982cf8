"""Judgement by others: the official FOCUS validator, and JSON Schemas of the object columns (``make conformance``)."""
