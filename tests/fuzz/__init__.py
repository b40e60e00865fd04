"""Fuzzing of the small readers: sig, date, timing, quantity, reference."""
