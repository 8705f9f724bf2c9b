"""What a terminal asks for besides money: activation, keys, sign-in, downloads."""
