"""Tests of the command line, from the outside: what is typed, and what comes back."""
