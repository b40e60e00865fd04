"""Does an assessment's JSON say what a vignette expects? Returns every difference in words."""

from collections.abc import Iterable
from typing import Any

from tests.support.fhir import Json

_NOTED = {
    "fourWeeksOnly": "meets four weeks only",
    "withinLabelRange": "within label range",
    "residualSymptoms": "residual symptoms",
    "lostResponse": "lost response",
}
_STAGING_NAMES = {"failed drugs": "failures", "ECT": "ect"}


def differences(vignette: Json, out: Json) -> list[str]:
    """Return what differs between the expected and the found answer, [] if nothing does."""
    expect = vignette["expect"]
    found: list[str] = []
    found += _rows("trials", expect, out, _trial_agrees)
    found += _rows("setAside", expect, out, _row_agrees)
    found += _rows("augmentation", expect, out, _row_agrees)
    found += _rows("otherTreatments", expect, out, _row_agrees)
    for name, wanted in expect.get("resistance", {}).items():
        if not _is(wanted, out["resistance"].get(name)):
            said = out["resistance"]
            found.append(
                f"resistance.{name}: wanted {wanted}, got {said[name]} ({said['because']})"
            )
    for name, got in (
        ("candidacy", out["candidacy"]["verdict"]),
        ("crisis", out["crisis"]["level"]),
        ("crisisComplete", out["crisis"]["complete"]),
    ):
        if name in expect and not _is(expect[name], got):
            found.append(f"{name}: wanted {expect[name]}, got {got}: {out[name[:9].rstrip('C')]}")
    if "issues" in expect and len(out["issues"]) < expect["issues"]:
        found.append(f"issues: wanted {expect['issues']}, got {len(out['issues'])}")
    return found + _not_exposure(expect, out) + _staging(expect, out)


def _is(wanted: Any, got: Any) -> bool:
    """Compare one value; a list where one value is due means any of these."""
    if isinstance(wanted, list) and not isinstance(got, list):
        return any(_is(one, got) for one in wanted)
    return str(wanted) == str(got) if not isinstance(wanted, list) else wanted == got


def _rows(name: str, expect: Json, out: Json, agrees: Any) -> list[str]:
    if name not in expect:
        return []
    wanted, got = list(expect[name]), list(out.get(name, []))
    left = list(got)
    found = []
    for row in wanted:
        match = next((one for one in left if agrees(row, one)), None)
        if match is None:
            near = [one for one in got if one.get("ingredient") == row.get("ingredient")]
            found.append(f"{name}: wanted {row}, got {_brief(near or got)}")
        else:
            left.remove(match)
    if len(wanted) != len(got):
        found.append(f"{name}: wanted {len(wanted)} rows, got {_brief(got)}")
    return found


def _brief(rows: Iterable[Json]) -> list[Json]:
    drop = {"evidence", "exposures"}
    return [{key: value for key, value in row.items() if key not in drop} for row in rows]


def _trial_agrees(wanted: Json, got: Json) -> bool:
    for name, value in wanted.items():
        if name == "why":
            continue
        if name in _NOTED:
            if (_NOTED[name] in got["because"]) is not bool(value):
                return False
        elif not _is(value, got.get(name)):
            return False
    return True


def _row_agrees(wanted: Json, got: Json) -> bool:
    for name, value in wanted.items():
        if name in {"why", "enough"}:
            continue
        if not _is(value, got.get(name)):
            return False
    return True


def _not_exposure(expect: Json, out: Json) -> list[str]:
    found = []
    for row in expect.get("notExposure", []):
        name = row["drug"]
        if any(one["ingredient"] == name for one in [*out["trials"], *out["setAside"]]):
            found.append(f"{name} is shown as an exposure")
        if not out["issues"]:
            found.append(f"no issue says why {name} is no exposure")
    return found


def _staging(expect: Json, out: Json) -> list[str]:
    found = []
    scales = {row["scale"]: row for row in out.get("staging", [])}
    for wanted in expect.get("staging", []):
        got = scales.get(wanted["scale"])
        if got is None:
            found.append(f"staging: {wanted['scale']} is missing")
            continue
        items = {_STAGING_NAMES.get(i["item"], i["item"]): i for i in got["items"]}
        pairs = [(wanted, got)]
        pairs += [(item, items.get(item["item"], {})) for item in wanted.get("items", [])]
        found += [
            f"staging {wanted['scale']}: wanted {asked}, got {held}"
            for asked, held in pairs
            for name in ("low", "high")
            if name in asked and not _is(asked[name], held.get(name))
        ]
    return found
