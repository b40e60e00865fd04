"""Which dose do the texts of an instruction tell?

A Dosage may hold two texts, the sig and what the patient is told, and instructions beside them.
What one of them leaves open another may tell; where they disagree, or name another drug, the dose
is unknown.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from trd.chart import Drug
from trd.read.access import Json, rows, table, texts, words
from trd.read.amounts import is_same
from trd.read.context import ReadContext
from trd.read.drug_words import names_in
from trd.read.ingredients import share_a_part
from trd.read.sig import CONTRADICTION, HELD, MORE_TO_READ, Sig, read_sig
from trd.read.sig_dose import SigDose, sig_dose
from trd.read.told_days import joined

OTHER_DRUG: Final = "the text names another drug"
CHANGED: Final = "an instruction beside it changes when it is taken"
_UNREAD: Final = (HELD, CHANGED, OTHER_DRUG, MORE_TO_READ)
"""Reasons that leave a text unread, the one that says most first."""


class TextDose(NamedTuple):
    """What the texts tell: the dose, and whether it is as needed (None: not read, so not known)."""

    dose: SigDose
    as_needed: bool | None


def text_dose(dosage: Json, drug: Drug, context: ReadContext) -> TextDose | None:
    """Return what the texts of a Dosage tell, None where it has none. Rule: R9."""
    told = [words(dosage.get("text")), words(dosage.get("patientInstruction"))]
    extra = [text for one in rows(dosage.get("additionalInstruction")) for text in texts(one)]
    coded = texts(table(dosage.get("timing")).get("code"))
    told += [text for text in (*extra, *coded) if any(char.isdigit() for char in text)]
    found = [_read(text, drug, context) for text in dict.fromkeys(told) if text]
    found += _beside(coded, told, drug, context)
    beside = _beside(extra, told, drug, context)
    if not found and not beside:
        return None
    needs = [one.as_needed for one in (*found, *beside)]
    as_needed = None if None in needs else any(needs)
    return TextDose(_with([one.dose for one in found], [one.dose for one in beside]), as_needed)


def _with(told: Sequence[SigDose], beside: Sequence[SigDose]) -> SigDose:
    """Return what texts tell with what stands beside them, which may change when it is taken."""
    found = _joined([*told, *beside])
    if found.because == CONTRADICTION and told and _joined(told).because != CONTRADICTION:
        return SigDose(because=CHANGED)
    return replace(found, days=joined([one.days for one in (*told, *beside)]))


def _beside(
    extra: Sequence[str], told: Sequence[str], drug: Drug, context: ReadContext
) -> list[TextDose]:
    """Return what instructions without a number tell; those not understood tell of other things.

    One that is not understood and holds words of a schedule changes when it is taken.
    """
    found = []
    for text in dict.fromkeys(extra):
        if text in told:
            continue
        read = _read(text, drug, context)
        if read.as_needed is None and read.dose.because != HELD:
            if not _sig(text, context).tells_when:
                continue
            read = TextDose(SigDose(because=CHANGED), None)
        found.append(read)
    return found


def _read(text: str, drug: Drug, context: ReadContext) -> TextDose:
    if _names_another(text, drug, context):
        return TextDose(SigDose(because=OTHER_DRUG), None)
    sig = _sig(text, context)
    as_needed = None if sig.because in _UNREAD else sig.as_needed
    return TextDose(sig_dose(sig, drug), as_needed)


def _sig(text: str, context: ReadContext) -> Sig:
    """Return what a text says; each text is read once a chart."""
    sig = context.sigs.get(text)
    if sig is None:
        terms, names = context.knowledge.phrases.sig_terms, context.vocabulary.drugs
        sig = context.sigs[text] = read_sig(text, terms, names)
    return sig


def _names_another(text: str, drug: Drug, context: ReadContext) -> bool:
    """Say whether a text names a drug that is neither this one nor a part of it."""
    named = context.named.get(text)
    if named is None:
        named = context.named[text] = names_in([text], context.knowledge, context.vocabulary)
    return not all(share_a_part(name, drug.ingredient) for name in named.drugs)


def _joined(told: Sequence[SigDose]) -> SigDose:
    """Return what all texts tell together; the first that is whole speaks, if none contradicts."""
    unread = [one.because for one in told if one.because in _UNREAD]
    if unread:
        return SigDose(because=min(unread, key=_UNREAD.index))
    whole = [one for one in told if not one.because]
    speaking = whole[0] if whole else told[0]
    rest = [one for one in told if one is not speaking]
    if all(_goes_with(one, speaking) for one in rest):
        return speaking
    return SigDose(because=CONTRADICTION)


def _goes_with(one: SigDose, speaking: SigDose) -> bool:
    """Say whether a text says nothing else than the one that speaks."""
    if not one.because and not speaking.because:
        return one.steps == speaking.steps or _are_close(one, speaking)
    if one.intake and speaking.intake and one.intake.mg and speaking.intake.mg:
        return one.intake.mg == speaking.intake.mg
    return not (one.times and speaking.times) or one.times == speaking.times


def _are_close(one: SigDose, other: SigDose) -> bool:
    """Say whether two doses order the same mg a day, step by step."""
    if len(one.steps) != len(other.steps):
        return False
    return all(
        mine.mg is not None
        and its.mg is not None
        and is_same(mine.mg, its.mg)
        and mine.days == its.days
        for mine, its in zip(one.steps, other.steps, strict=True)
    )
