"""The running product: processes, sockets, databases, and what is left when they are gone."""
