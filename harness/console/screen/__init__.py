"""`posrig terminal --screen`: the terminal in the console, with keyboard and mouse.

The screen looks at trace events only, as every face does; what a person does there goes to the machine by `Ask`, to the
bench by `LiveTerminal`, and into a recording that can be saved as a scenario.  Only modules here know textual.
"""
