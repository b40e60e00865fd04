"""Dresses of scores, items and suicide-risk answers."""

import copy
from collections.abc import Callable, Iterable
from typing import Any

from tests.support.clothes import Dress, Wear, each
from tests.support.fhir import LOINC, SNOMED, Json, concept

TOTAL, ITEM9, PANEL = "44261-6", "44260-8", "44249-1"
ITEMS = (
    "44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", ITEM9,
)  # fmt: skip
ANSWERS = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")
QUESTIONS = ("93246-7", "93247-5", "93248-3", "93249-1", "93250-9", "93267-3", "93269-9")
_SCREEN_PANEL = "93373-9"
_RESPONSE_STATUS = {"final": "completed", "corrected": "amended", "preliminary": "in-progress"}


def loinc_of(resource: Json) -> str:
    """Return the LOINC code of an Observation, "" for another resource or one without."""
    if resource["resourceType"] != "Observation":
        return ""
    return next((c["code"] for c in resource["code"].get("coding", []) if "code" in c), "")


def _bare(resource: Json) -> Json:
    return {k: v for k, v in resource.items() if not k.startswith("value")}


def _whole(change: Callable[[Json, int], Json]) -> Wear:
    """Change every total and item that is a plain number."""

    def worn(resource: Json) -> Json | None:
        value = resource.get("valueInteger")
        if loinc_of(resource) not in {TOTAL, *ITEMS} or value is None:
            return None
        return change(resource, value)

    return each(("Observation",), worn)


def _coded_answer(resource: Json, value: int) -> Json:
    if loinc_of(resource) == TOTAL or not 0 <= value <= 3:
        return resource
    return _bare(resource) | {"valueCodeableConcept": concept(LOINC, ANSWERS[value])}


def _dated(write: Callable[[str], Json]) -> Wear:
    def worn(resource: Json) -> Json | None:
        on = resource.get("effectiveDateTime")
        if not on:
            return None
        return {k: v for k, v in resource.items() if k != "effectiveDateTime"} | write(on)

    return each(("Observation",), worn)


# --------------------------------------------------------- a whole PHQ-9 from total and item 9


def spread(total: int, item9: int) -> list[int] | None:
    """Return nine items with this sum and this ninth one, None where there are none."""
    rest = total - item9
    if not 0 <= rest <= 24:
        return None
    whole, more = divmod(rest, 8)
    return [whole + (at < more) for at in range(8)] + [item9]


def _pairs(resources: list[Json]) -> list[tuple[Json, Json, list[int]]]:
    """Return each total with its item 9 and nine items; a day with two totals keeps them apart."""
    found = []
    for total in resources:
        if loinc_of(total) != TOTAL or "valueInteger" not in total:
            continue
        same_day = [one for one in resources if _key(one) == _key(total)]
        items = [one for one in same_day if loinc_of(one) == ITEM9 and "valueInteger" in one]
        totals = [one for one in same_day if loinc_of(one) == TOTAL]
        if len(items) == len(totals) == 1 and total.get("effectiveDateTime"):
            nine = spread(total["valueInteger"], items[0]["valueInteger"])
            if nine is not None:
                found.append((total, items[0], nine))
    return found


def _key(resource: Json) -> tuple[Any, ...]:
    if not loinc_of(resource):
        return ()
    return resource.get("effectiveDateTime"), resource["status"], str(resource.get("meta"))


def _in_place_of_pairs(make: Callable[[Json, Json, list[int]], list[Json]]) -> Wear:
    def wear(resources: list[Json]) -> list[Json]:
        resources = copy.deepcopy(resources)
        pairs = _pairs(resources)
        gone = {id(one) for pair in pairs for one in pair[:2]}
        kept = [one for one in resources if id(one) not in gone]
        return kept + [made for pair in pairs for made in make(*pair)]

    return wear


def _items_apart(total: Json, item9: Json, nine: list[int]) -> list[Json]:
    made = [total]
    for at, (code, value) in enumerate(zip(ITEMS, nine, strict=True)):
        one = item9 | {"id": f"{item9['id']}-{at}", "code": concept(LOINC, code)}
        made.append(one | {"valueInteger": value})
    return made


def _components(nine: list[int]) -> list[Json]:
    return [
        {"code": concept(LOINC, code), "valueInteger": value}
        for code, value in zip(ITEMS, nine, strict=True)
    ]


def _under_panel(total: Json, _: Json, nine: list[int]) -> list[Json]:
    """Write one panel Observation; its own code is no score, whatever its name."""
    held = {"code": concept(LOINC, TOTAL), "valueInteger": total["valueInteger"]}
    panel = _bare(total) | {"code": concept(LOINC, PANEL, text="PHQ-9")}
    return [panel | {"component": [held, *_components(nine)]}]


def _response(total: Json, items: list[Json]) -> Json:
    status = _RESPONSE_STATUS.get(total["status"], total["status"])
    made = {
        "resourceType": "QuestionnaireResponse",
        "id": f"qr-{total['id']}",
        "status": status,
        "questionnaire": "http://loinc.org/q/44249-1",
        "subject": total["subject"],
        "authored": total["effectiveDateTime"],
        "item": items,
    }
    return made | ({"meta": total["meta"]} if "meta" in total else {})


def _responses(
    item: Callable[[str, int], Json], *, nested: bool = False, with_total: bool = False
) -> Wear:
    def make(total: Json, _: Json, nine: list[int]) -> list[Json]:
        items = [item(code, value) for code, value in zip(ITEMS, nine, strict=True)]
        if with_total:
            score = {"valueDecimal": float(total["valueInteger"])}
            items.append({"linkId": f"/{TOTAL}", "answer": [score]})
        if nested:
            inner = {"linkId": "g2", "item": items[3:]}
            items = [{"linkId": "g1", "text": "PHQ-9", "item": [*items[:3], inner]}]
        return [_response(total, items)]

    return _in_place_of_pairs(make)


def _link(code: str, answer: Json) -> Json:
    return {"linkId": f"/{code}", "answer": [answer]}


def _by_code(code: str, answer: Json) -> Json:
    return {"linkId": "x", "code": [{"system": LOINC, "code": code}], "answer": [answer]}


def _ordinal(value: int, url: str) -> Json:
    """Return an answer whose code says nothing and whose extension is the score."""
    extension = [{"url": url, "valueDecimal": value}]
    return {"valueCoding": {"system": "urn:local", "code": f"a{value}", "extension": extension}}


# ----------------------------------------------------------------- answers of a suicide-risk screen


def _yes_no(change: Callable[[bool], Json]) -> Wear:
    def worn(resource: Json) -> Json | None:
        said = _yes_or_no(resource)
        return None if said is None else _bare(resource) | change(said)

    return each(("Observation",), worn)


def _yes_or_no(resource: Json) -> bool | None:
    """Return the answer to one question; one without a readable answer has none to dress."""
    if loinc_of(resource) not in QUESTIONS:
        return None
    codes = [c["code"] for c in resource.get("valueCodeableConcept", {}).get("coding", [])]
    return {"LA33-6": True, "LA32-8": False}.get(codes[0]) if codes else None


def _screens(resources: list[Json]) -> dict[tuple[Any, ...], list[Json]]:
    found: dict[tuple[Any, ...], list[Json]] = {}
    for resource in resources:
        if _yes_or_no(resource) is not None and resource.get("effectiveDateTime"):
            found.setdefault(_key(resource), []).append(resource)
    return {
        key: group
        for key, group in found.items()
        if len({loinc_of(one) for one in group}) == len(group)
    }


def _joined_screens(make: Callable[[list[Json]], Json]) -> Wear:
    def wear(resources: list[Json]) -> list[Json]:
        resources = copy.deepcopy(resources)
        screens = list(_screens(resources).values())
        gone = {id(one) for group in screens for one in group}
        return [one for one in resources if id(one) not in gone] + [make(g) for g in screens]

    return wear


def _screen_panel(group: list[Json]) -> Json:
    panel = _bare(group[0]) | {"code": concept(LOINC, _SCREEN_PANEL)}
    answers = [{k: v for k, v in one.items() if k == "code" or k[:5] == "value"} for one in group]
    return panel | {"component": answers}


def _screen_response(group: list[Json]) -> Json:
    items = [
        _link(loinc_of(one), {"valueCoding": one["valueCodeableConcept"]["coding"][0]})
        for one in group
    ]
    return _response(group[0], [{"linkId": f"/{_SCREEN_PANEL}", "item": items}])


def score_dresses() -> Iterable[Dress]:
    """Return every dress of scores and answers."""
    yield from _total_dresses()
    yield from _response_dresses()
    yield from _answer_dresses()


def _total_dresses() -> Iterable[Dress]:
    snomed = concept(SNOMED, "720433000")

    def observable(one: Json, _: int) -> Json:
        return one | {"code": snomed} if loinc_of(one) == TOTAL else one

    def quantity(one: Json, value: int) -> Json:
        return _bare(one) | {"valueQuantity": {"value": value}}

    def numeral(one: Json, value: int) -> Json:
        return _bare(one) | {"valueString": f" {value}"}

    yield Dress("snomed total", _whole(observable))
    yield Dress("quantity without unit", _whole(quantity))
    yield Dress("numeral strings", _whole(numeral))
    yield Dress("coded answers", _whole(_coded_answer))
    yield Dress(
        "effective period", _dated(lambda on: {"effectivePeriod": {"start": on, "end": on}})
    )
    yield Dress("effective instant", _dated(lambda on: {"effectiveInstant": f"{on}T12:00:00Z"}))
    yield Dress("issued only", _dated(lambda on: {"issued": f"{on}T23:59:59.123-11:00"}))
    yield Dress("items apart", _in_place_of_pairs(_items_apart))
    components = _in_place_of_pairs(
        lambda total, _, nine: [total | {"component": _components(nine)}]
    )
    yield Dress("components", components)
    yield Dress("panel with components", _in_place_of_pairs(_under_panel))


def _response_dresses() -> Iterable[Dress]:
    yield Dress(
        "response with codings",
        _responses(lambda c, v: _link(c, {"valueCoding": {"system": LOINC, "code": ANSWERS[v]}})),
    )
    yield Dress(
        "response by item code, nested",
        _responses(lambda c, v: _by_code(c, {"valueInteger": v}), nested=True),
    )
    yield Dress(
        "response with decimals and total",
        _responses(lambda c, v: _link(c, {"valueDecimal": float(v)}), with_total=True),
    )
    ordinal = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
    yield Dress("response with ordinals", _responses(lambda c, v: _link(c, _ordinal(v, ordinal))))
    yield Dress(
        "response by definition",
        _responses(
            lambda c, v: {
                "linkId": "1",
                "definition": f"http://loinc.org/fhir/DataElement/{c}",
                "answer": [{"valueString": str(v)}],
            }
        ),
    )


def _answer_dresses() -> Iterable[Dress]:
    yield Dress("boolean answers", _yes_no(lambda said: {"valueBoolean": said}))
    yield Dress("spoken answers", _yes_no(lambda said: {"valueString": "Yes" if said else "No"}))
    yield Dress(
        "snomed answers",
        _yes_no(
            lambda said: {
                "valueCodeableConcept": concept(SNOMED, "373066001" if said else "373067005")
            }
        ),
    )
    yield Dress("screen panel", _joined_screens(_screen_panel))
    yield Dress("screen response", _joined_screens(_screen_response))
