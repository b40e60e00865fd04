"""The first door: CDS Hooks requests in, cards out."""
