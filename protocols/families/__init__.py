"""Further register protocols: codecs and framers, so that what is seen on a line can be read.  posrig drives none of
them and no emulated terminal speaks them.
"""
