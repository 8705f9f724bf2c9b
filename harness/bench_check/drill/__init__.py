"""The drill (演练): a trainee finds out what is wrong with an emulated terminal, and is told how well that was done."""
