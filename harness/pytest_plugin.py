"""The pytest plugin, reached by its `pytest11` entry point alone.

At top level it imports only pytest and the standard library, so that a test suite that does not use the rig pays nothing.
"""
