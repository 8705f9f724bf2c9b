"""The durable parts of the host's state, one book per subject: plain records, and how each record kind changes them.

A book knows no turn, no clock and no other book.  `state.State` holds one of each; `state.FOLD` is put together from
theirs.
"""
