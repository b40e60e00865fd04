"""The clinical core: one patient's chart, the knowledge and a date in; an assessment out.

Pure Python, standard library only: no network, no clock, no randomness, no logging. The public
names are re-exported here; everything else is an implementation detail of the package.
"""
