"""Charts and trials for the count of failures: what counts, what may, and in which episode."""

from dataclasses import replace

from tests.support.charts import KNOWLEDGE, trial
from trd.chart import PatientChart, PatientFacts, ReadStatus
from trd.episodes import Episode
from trd.outcome import Outcome

CRITERIA = KNOWLEDGE.criteria.resistance
AS_OF = 20_000
READ = dict.fromkeys(("medications", "conditions", "scores"), ReadStatus.COMPLETE)
NOW = Episode(start=1, is_current=True, assumed=False, because="since", evidence=())
NONE_NOW = replace(NOW, start=None, is_current=False, because="in remission")


def chart(*diagnoses, born: int | None = AS_OF - 40 * 366, reads=None):
    """Return a chart of these diagnoses, read completely unless said otherwise."""
    patient = PatientFacts(id="p", born=born, deceased=False)
    status = {**READ, **(reads or {})}
    return PatientChart(patient=patient, diagnoses=tuple(diagnoses), status_by_need=status)


def failed(name="sertraline", start=100, **more):
    """Return an adequate failure of one drug."""
    return trial(start, start + 100, of=name, **more)


def possible(name="sertraline", start=100, **more):
    """Return a trial that might be one."""
    return trial(start, start + 100, of=name, outcome=Outcome.UNKNOWN, **more)
