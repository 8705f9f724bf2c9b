"""The guide: static pages about messages, codes, states and failures.

They are made from the tables of the code and from a run of every scenario, and so cannot say what does not happen.
"""
