"""Is TMS evaluation among the next steps, a question to ask, or not now?

Every rule is a finding with its reason and evidence; the first matching line of the rule decides.
A code never proves absence: what is not recorded is "not recorded". Never "eligible", never "not a
candidate".

Rule: R15. The numbers are in ``criteria.toml``, table ``candidacy``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from trd.chart import Diagnosis, PatientChart
from trd.dates import Day, iso
from trd.episodes import Episode, confirmed_depressive
from trd.findings import Finding, Verdict, met, not_met, unknown
from trd.knowledge import Knowledge
from trd.knowledge.concepts import MAJOR
from trd.knowledge.criteria import CandidacyCriteria
from trd.other_treatments import OtherTreatment
from trd.outcome import Outcome
from trd.resistance import Resistance, ResistanceFinding, judge_adult


class Candidacy(StrEnum):
    """The four answers."""

    CANDIDATE = "candidate"
    ASK = "ask"
    NOT_NOW = "not-now"
    CRISIS_FIRST = "crisis-first"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidacyFinding:
    """The answer, its findings, and what no chart can tell."""

    verdict: Candidacy
    findings: tuple[Finding, ...]
    not_checked: tuple[str, ...]


NOT_CHECKED = (
    "bipolar screen",
    "thyroid",
    "sleep apnoea",
    "alcohol and drugs",
    "adherence",
    "drugs that can depress mood",
    "metal or devices not coded",
    "preference",
    "travel",
)
"""What is always listed as not checked. Rule: R15."""

_PREGNANCY = "pregnancy"


def judge_candidacy(
    resistance: ResistanceFinding,
    episode: Episode,
    others: Sequence[OtherTreatment],
    chart: PatientChart,
    as_of: Day,
    knowledge: Knowledge,
    *,
    is_critical: bool,
    crisis_is_complete: bool,
) -> CandidacyFinding:
    """Return the candidacy; ``is_critical``: a critical crisis signal stands. Rule: R15."""
    criteria = knowledge.criteria.candidacy
    flags = tms_flags(chart, as_of)
    findings = (
        _crisis(is_critical=is_critical, is_complete=crisis_is_complete),
        _not_excluded(resistance),
        _episode(episode),
        _failures(resistance, knowledge.criteria.resistance.failures),
        _adult(chart, as_of, criteria),
        _major(chart),
        _symptomatic(chart, as_of, criteria),
        _no_flag("no-absolute-flag", "absolute", flags, chart),
        _no_flag("no-relative-flag", "relative", flags, chart),
        _earlier_tms(others, chart, knowledge),
        _threshold_drugs(chart, as_of, knowledge),
    )
    pregnant = any(_PREGNANCY in d.concepts() for d, _ in flags)
    return CandidacyFinding(
        verdict=_verdict(findings, resistance, knowledge, pregnant=pregnant),
        findings=findings,
        not_checked=NOT_CHECKED,
    )


def _verdict(
    findings: Sequence[Finding],
    resistance: ResistanceFinding,
    knowledge: Knowledge,
    *,
    pregnant: bool,
) -> Candidacy:
    """Return the first line of the rule that matches. Rule: R15."""
    by_rule = {finding.rule: finding.verdict for finding in findings}
    needed = knowledge.criteria.resistance.failures
    if by_rule["no-critical-signal"] is Verdict.NOT_MET:
        return Candidacy.CRISIS_FIRST
    stops = ("definition-applies", "current-episode", "no-absolute-flag")
    if any(by_rule[rule] is Verdict.NOT_MET for rule in stops):
        return Candidacy.NOT_NOW
    if resistance.confirmed >= needed:
        required = [f.verdict for f in findings if f.rule not in _NOTES]
        all_met = all(verdict is Verdict.MET for verdict in required)
        return Candidacy.CANDIDATE if all_met else Candidacy.ASK
    if resistance.confirmed + resistance.possible + resistance.intolerance >= needed:
        return Candidacy.ASK
    if by_rule["failures"] is Verdict.UNKNOWN:
        return Candidacy.ASK
    if pregnant and resistance.confirmed >= 1:
        return Candidacy.ASK
    return Candidacy.NOT_NOW


_NOTES = frozenset({"seizure-threshold", "no-critical-signal"})
"""Findings that tell, and do not stand between a patient and "candidate" when unknown."""


def _crisis(*, is_critical: bool, is_complete: bool) -> Finding:
    rule = "no-critical-signal"
    if is_critical:
        return not_met(rule, "a critical safety signal is charted: that comes first")
    if not is_complete:
        return unknown(rule, "the safety check is incomplete")
    return met(rule, "no critical safety signal is charted")


def _not_excluded(resistance: ResistanceFinding) -> Finding:
    exclusion = resistance.exclusion
    inverse = {
        Verdict.MET: Verdict.NOT_MET,
        Verdict.NOT_MET: Verdict.MET,
        Verdict.UNKNOWN: Verdict.UNKNOWN,
    }
    if resistance.verdict is Resistance.EXCLUDED:
        return not_met("definition-applies", exclusion.because, exclusion.evidence)
    return Finding(
        "definition-applies", inverse[exclusion.verdict], exclusion.because, exclusion.evidence
    )


def _episode(episode: Episode) -> Finding:
    if not episode.is_current:
        return not_met("current-episode", episode.because, episode.evidence)
    if episode.start is None:
        return unknown("current-episode", episode.because, episode.evidence)
    return met("current-episode", f"since {iso(episode.start)}", episode.evidence)


def _failures(resistance: ResistanceFinding, needed: int) -> Finding:
    if resistance.confirmed >= needed:
        return met("failures", resistance.because)
    if resistance.confirmed + resistance.possible >= needed or resistance.not_all_read:
        return unknown("failures", resistance.because)
    return not_met("failures", f"below this site's threshold: {resistance.because}")


def _adult(chart: PatientChart, as_of: Day, criteria: CandidacyCriteria) -> Finding:
    """Judge the age; 15 to 17 is a relative flag. Rule: R15."""
    adult = judge_adult(chart, as_of, criteria.adult_years)
    adolescent = judge_adult(chart, as_of, criteria.adolescent_years)
    if adult.verdict is Verdict.NOT_MET and adolescent.verdict is Verdict.MET:
        return not_met("adult", f"{adult.because}: adjunct use in adolescents, to be asked")
    return adult


def _major(chart: PatientChart) -> Finding:
    """Say whether major depression is coded, not only unspecified or persistent. Rule: R15."""
    coded = [
        d
        for d in confirmed_depressive(chart)
        if d.concepts() & MAJOR and not d.by_text and not d.is_over()
    ]
    if coded:
        refs = sorted(d.evidence for d in coded)
        return met("major-depression", f"coded: {coded[0].label}", refs)
    if not chart.is_complete("conditions"):
        return unknown("major-depression", "conditions were not read completely")
    worded = [d for d in chart.diagnoses if d.concepts() & MAJOR]
    if worded:
        refs = sorted(d.evidence for d in worded)
        return unknown("major-depression", "recorded, but not as a confirmed active code", refs)
    return not_met("major-depression", "major depression is not coded")


def _symptomatic(chart: PatientChart, as_of: Day, criteria: CandidacyCriteria) -> Finding:
    """Say whether the last PHQ-9 of the window shows symptoms. Rule: R15."""
    scores = [
        s
        for s in chart.scores
        if s.instrument == "PHQ-9"
        and s.total is not None
        and not s.preliminary
        and 0 <= as_of - s.on <= criteria.score_age_days
    ]
    if not scores:
        return unknown("symptoms", f"no PHQ-9 in the last {criteria.score_age_days} days")
    last = max(scores, key=lambda s: (s.on, s.at))
    text = f"{last.instrument} {last.total} on {iso(last.on)}"
    if last.total is not None and last.total >= criteria.score_minimum:
        return met("symptoms", text, last.evidence)
    return not_met("symptoms", text, last.evidence)


def tms_flags(chart: PatientChart, as_of: Day) -> list[tuple[Diagnosis, str]]:
    """Return diagnoses, implants and procedures that matter for TMS, with their flag.

    A pregnancy recorded as over is none.
    """
    found = []
    for diagnosis in chart.diagnoses:
        flags = {hit.tms_flag for hit in diagnosis.hits if hit.tms_flag}
        if not flags:
            continue
        if _PREGNANCY in diagnosis.concepts() and _pregnancy_over(diagnosis, as_of):
            continue
        flag = "absolute" if "absolute" in flags else "relative"
        if flag == "absolute" and (diagnosis.by_text or diagnosis.is_provisional()):
            flag = "relative"
        found.append((diagnosis, flag))
    return found


def _pregnancy_over(diagnosis: Diagnosis, as_of: Day) -> bool:
    """Say whether a pregnancy is recorded as over; its age alone does not end it."""
    return diagnosis.is_over() or (diagnosis.abated is not None and diagnosis.abated < as_of)


def _no_flag(
    rule: str, flag: str, flags: Sequence[tuple[Diagnosis, str]], chart: PatientChart
) -> Finding:
    """Say that nothing of this kind is recorded; an incomplete read never says so. Rule: R15."""
    mine = [d for d, kind in flags if kind == flag]
    if mine:
        named = "; ".join(dict.fromkeys(_label(d) for d in mine))
        return not_met(rule, f"recorded: {named}", sorted(d.evidence for d in mine))
    missing = [need for need in _FLAG_NEEDS if not chart.is_complete(need)]
    if missing:
        return unknown(rule, f"not read completely: {', '.join(missing)}")
    return met(rule, "not recorded; a chart cannot prove absence")


_FLAG_NEEDS = ("conditions", "procedures", "devices")
"""Where an implant or a seizure would be recorded."""


def _label(diagnosis: Diagnosis) -> str:
    return f"{diagnosis.label} (words only)" if diagnosis.by_text else diagnosis.label


def _earlier_tms(
    others: Sequence[OtherTreatment], chart: PatientChart, knowledge: Knowledge
) -> Finding:
    """Say whether an earlier course speaks against another without asking. Rule: R15."""
    courses = [t for t in others if t.kind == "tms"]
    if not courses:
        if not chart.is_complete("procedures"):
            missing = "procedures were not read completely"
            return unknown("no-earlier-tms-without-benefit", missing)
        return met("no-earlier-tms-without-benefit", "not recorded")
    least = knowledge.criteria.candidacy.tms_benefit_percent
    helped = all(_benefit(t, least) for t in courses)
    text = f"earlier TMS, {sum(t.sessions for t in courses)} sessions coded"
    refs = sorted({ref for t in courses for ref in t.evidence})
    if helped:
        return met("no-earlier-tms-without-benefit", f"{text}, with benefit", refs)
    return not_met("no-earlier-tms-without-benefit", f"{text}, benefit small or unknown", refs)


def _benefit(treatment: OtherTreatment, least_percent: int) -> bool:
    """Say whether a course is known to have helped: by scores, else by its recorded outcome."""
    if treatment.fall_percent is not None:
        return treatment.fall_percent >= least_percent
    return treatment.outcome in {Outcome.RESPONSE, Outcome.REMISSION}


def _threshold_drugs(chart: PatientChart, as_of: Day, knowledge: Knowledge) -> Finding:
    """Note drugs that may lower the seizure threshold; they never change the verdict. Rule: R15."""
    current = [
        r
        for r in chart.medications
        if r.status == "active"
        and (r.start is None or r.start <= as_of)
        and (r.end is None or r.end >= as_of)
        and "seizure-risk" in _roles(r.drug.ingredient, knowledge)
    ]
    named = sorted({r.drug.ingredient for r in current})
    if named:
        refs = sorted(r.evidence for r in current)
        text = f"may lower the seizure threshold: {', '.join(named)} (a note, no exclusion)"
        return unknown("seizure-threshold", text, refs)
    return met("seizure-threshold", "no drug of the list among the active orders read")


def _roles(ingredient: str, knowledge: Knowledge) -> frozenset[str]:
    drug = knowledge.other_drugs.get(ingredient)
    return drug.roles if drug is not None else frozenset()
