"""The edge to the hospital, seen from outside."""
