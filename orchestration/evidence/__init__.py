"""The evidence behind published figures: what each is the sum of, by which rule, driver and row of which file.

Everything is read from a publication and from the policy files that were kept with it; nothing is worked out again that
was published, except to show that it adds up.
"""
