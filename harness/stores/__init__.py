"""The only room that imports a database or writes journals; what it acknowledges is durable."""
