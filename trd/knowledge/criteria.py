"""The numbers of ruleset CH-2, as named attributes; the values live in ``criteria.toml``.

Days are whole days and every limit is inclusive unless its name says "below". Each group is one
table of the file; ``Knowledge.marks`` keeps the mark and meaning of each number.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialCriteria:
    """R1, R2: what was taken, and for how long."""

    bridge_days: int
    surplus_days: int
    adequate_days: int
    four_week_days: int
    largest_gap_days: int
    possible_between_days: int
    stale_order_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdherenceCriteria:
    """R3: share of the days that supply covers, in percent."""

    non_adherence_below_percent: int
    adherent_from_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCriteria:
    """R4 to R6: which scores, and what they say."""

    baseline_before_days: int
    baseline_after_days: int
    baseline_minimum_score: int
    end_score_from_days: int
    end_score_after_days: int
    end_score_before_next_days: int
    remission_below_score: int
    response_fall_percent: int
    partial_fall_percent: int
    symptomatic_from_score: int
    running_judged_from_days: int
    running_score_age_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapCriteria:
    """R7: two drugs at once."""

    combined_start_days: int
    combined_kept_days: int
    cross_taper_days: int
    own_days_after_days: int
    score_after_first_drug_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeCriteria:
    """R10: where the current episode starts."""

    old_onset_days: int
    silence_days: int
    well_days: int
    well_below_score: int
    well_scores: int
    relapse_from_score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResistanceCriteria:
    """R11: how many failures, from which age."""

    failures: int
    adult_years: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationCriteria:
    """R12: how long together; the lithium level."""

    adequate_days: int
    lithium_level_mmol_l: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTreatmentCriteria:
    """R13: how many sessions are enough."""

    esketamine_sessions: int
    tms_sessions: int
    ect_sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingCriteria:
    """R14: the Maudsley staging method's bounds."""

    duration_first_months: int
    duration_second_months: int
    failures_first: int
    failures_second: int
    failures_third: int
    failures_fourth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidacyCriteria:
    """R15: age and score."""

    adult_years: int
    adolescent_years: int
    score_minimum: int
    score_age_days: int
    tms_benefit_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisCriteria:
    """R16: which answers, and how recent."""

    item9_critical_from: int
    item9_critical_days: int
    critical_fades_days: int
    item9_warning_days: int
    total_implies_two_from: int
    total_implies_one_from: int
    screen_critical_days: int
    screen_warning_days: int
    most_severe_critical_from: int
    behaviour_critical_days: int
    ideation_diagnosis_critical_days: int
    new_psychosis_days: int
    earlier_antipsychotic_days: int
    postpartum_psychosis_days: int
    discharge_warning_days: int
    self_neglect_warning_days: int
    severe_score: int
    uncertain_intent_warning_days: int
    eased_warning_days: int
    unread_item9_days: int
    unread_item9_from_score: int
    boxed_warning_years: int
    boxed_warning_days: int
    limited_quantity_above_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCriteria:
    """R17: when a card speaks."""

    optimise_from_days: int
    optimise_fall_percent: int
    inadequate_trials: int
    measure_due_from_days: int
    measure_due_after_days: int
    measure_again_after_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCriteria:
    """R9 and R5: which minimum counts, and the two drugs with a number of their own."""

    minimum_profile: str
    bupropion_hydrobromide_factor: float
    weekly_fluoxetine_mg: float
    weekly_fluoxetine_daily_mg: float
    fluoxetine_end_score_after_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """All numbers of the ruleset, one attribute a table of ``criteria.toml``."""

    trial: TrialCriteria
    adherence: AdherenceCriteria
    outcome: OutcomeCriteria
    overlap: OverlapCriteria
    episode: EpisodeCriteria
    resistance: ResistanceCriteria
    augmentation: AugmentationCriteria
    other_treatment: OtherTreatmentCriteria
    staging: StagingCriteria
    candidacy: CandidacyCriteria
    crisis: CrisisCriteria
    cards: CardCriteria
    dose: DoseCriteria
