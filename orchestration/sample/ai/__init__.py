"""Models that the company calls: who called what through which gateway, what was billed, and who bears it.

Calls are decided first. From them come the vendors' bills (with what passed the gateways by on top), the gateways' logs
and the truth by provider, model, day and consumer.
"""
