"""Invented patients, whole charts of FHIR resources; none of them is a real person."""

from collections.abc import Callable
from typing import Any

from tests.support.fhir import (
    ICD,
    RXNORM,
    Json,
    concept,
    condition,
    dosage,
    observation,
    order,
    patient,
)

SERTRALINE_100 = concept(RXNORM, "312938", text="sertraline 100 MG Oral Tablet")
VENLAFAXINE_150 = concept(RXNORM, "808744", text="24 HR venlafaxine 150 MG Extended Release Tablet")


def depression(**more: Any) -> Json:
    onset = more.pop("onset", "2025-09-01")
    code = concept(ICD, more.pop("code", "F33.2"), text="Major depression, recurrent")
    return condition("dep", code, onsetDateTime=onset, **more)


def drug(local: str, medication: Json, mg: Any, start: str, end: str | None, **more: Any) -> Json:
    status = "stopped" if end else "active"
    return order(
        local, medication, [dosage(mg, start, end)], authoredOn=start, **({"status": status} | more)
    )


def phq9(local: str, on: str, total: int, item9: int | None = 0) -> list[Json]:
    made = [observation(local, "44261-6", on, total)]
    if item9 is not None:
        made.append(observation(f"{local}-9", "44260-8", on, item9))
    return made


def without_effect(text: str = "lack of effect") -> Json:
    return {"statusReason": {"text": text}}


def two_failures(text: str = "lack of effect") -> list[Json]:
    """Return a chart with two adequate trials, both without response: resistance is met."""
    return [
        patient(),
        depression(),
        drug("m1", SERTRALINE_100, 100, "2025-10-01", "2026-01-10", **without_effect(text)),
        drug("m2", VENLAFAXINE_150, 150, "2026-01-12", "2026-05-20", **without_effect()),
        *phq9("o1", "2025-10-01", 21),
        *phq9("o2", "2026-01-08", 18),
        *phq9("o3", "2026-05-18", 19),
        *phq9("o4", "2026-08-30", 20),
    ]


def one_running(mg: Any = 100, start: str = "2026-07-20", last: int = 19) -> list[Json]:
    """Return a chart with one running trial, its baseline 20 and its last score."""
    return [
        patient(),
        depression(onset="2026-07-01"),
        drug("m1", SERTRALINE_100, mg, start, None),
        *phq9("o1", start, 20),
        *phq9("o2", "2026-08-30", last),
    ]


def outcome_not_recorded() -> list[Json]:
    """Return a chart with two adequate trials of which nobody wrote down how they ended."""
    return [
        patient(),
        depression(),
        drug("m1", SERTRALINE_100, 100, "2025-10-01", "2026-01-10"),
        drug("m2", VENLAFAXINE_150, 150, "2026-01-12", "2026-05-20"),
    ]


def plan_and_intent() -> list[Json]:
    """Return a chart with two failures and a C-SSRS that says plan and intent, yesterday."""
    return [*two_failures(), observation("s5", "93250-9", "2026-08-31", "LA33-6")]


def quiet() -> list[Json]:
    """Return a chart with nothing that any card is about."""
    return [
        patient(),
        condition("c1", concept(ICD, "I10", text="Hypertension"), onsetDateTime="2020-01-01"),
        drug("m1", concept(RXNORM, "314076", text="lisinopril 10 MG"), 10, "2024-01-01", None),
    ]


def long_measured() -> list[Json]:
    """Return a chart with a running trial below its minimum dose and an old, low PHQ-9."""
    return [
        patient(),
        depression(onset="2026-05-04", code="F33.1"),
        drug(
            "m1",
            concept(RXNORM, "312940", text="sertraline 25 MG Oral Tablet"),
            25,
            "2026-05-24",
            None,
        ),
        *phq9("o1", "2026-07-01", 9),
    ]


PEOPLE: dict[str, Callable[[], list[Json]]] = {
    "two-failures": two_failures,
    "one-running": one_running,
    "outcome-not-recorded": outcome_not_recorded,
    "plan-and-intent": plan_and_intent,
    "long-measured": long_measured,
    "quiet": quiet,
}
