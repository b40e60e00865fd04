"""The clinical core: one patient's chart, the knowledge and a date in; an assessment out.

Pure Python, standard library only: no network, no clock, no randomness, no logging. The way in is
``trd.read`` (a chart from FHIR resources), ``trd.knowledge.load`` (the tables), ``trd.readings``
(the assessment) and ``trd.report`` (its JSON).
"""
