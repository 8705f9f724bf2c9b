"""Dialect B: 9F tags with lengths of two binary octets, text GBK (public client gsccs/mispos-client)."""
