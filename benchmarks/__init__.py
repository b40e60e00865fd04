"""How fast is it? Measured pairs, run by hand and by ``make bench``."""
