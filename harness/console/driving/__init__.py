"""What `posrig drive` is made of: the words that are typed, the session, what is shown."""
