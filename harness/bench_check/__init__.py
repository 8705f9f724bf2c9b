"""Five minutes at the counter: `bench-check` finds out what is wrong with a terminal, who must act, and what to do
next."""
