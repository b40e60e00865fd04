"""Tests of the first door, over the raw wire."""
