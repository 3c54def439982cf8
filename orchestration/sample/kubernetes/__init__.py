"""Three Kubernetes clusters of the company: what ran on them, how it was billed, how it was measured, who bears it.

What ran is decided first: nodes, pods, volumes, with their times. From it come the clouds' bills, the usage feeds in
three layouts, and the truth about every node and day.
"""
