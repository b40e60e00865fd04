"""The timeline of ``thirdline assess``: what each sign stands for, and what is never claimed."""

import re

import pytest
from rich.cells import cell_len

from tests.support.fhir import (
    CPT,
    ICD,
    RXNORM,
    bundle,
    concept,
    condition,
    dosage,
    observation,
    order,
    patient,
)
from tests.thirdline.command import a_chart, as_text, in_a_process, on_a_terminal, written

SERTRALINE = concept(RXNORM, "312938")
VENLAFAXINE = concept(RXNORM, "808744")
SIGN_ROW = re.compile(
    r"^(\S+)[ |]{2,}(\S.*?)"
    r"(?: {2,}(inefficacy|unknown|running|added|see Safety|\d+ of \d+ shown))?$"
)


def _picture(out):
    """Return the lines from the heading of the timeline to the empty line after it."""
    lines = out.splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("Timeline"))
    return lines[first : lines.index("", first)]


def _drawn(tmp_path, *resources, onset=None):
    """Return the rows of the picture by name: the signs without leading blanks, and the word."""
    depression = condition(
        "c", concept(ICD, "F33.1"), **({"onsetDateTime": onset} if onset else {})
    )
    out = as_text(tmp_path, bundle([patient(), depression, *resources])).out
    rows = [SIGN_ROW.match(line) for line in _picture(out)[3:]]
    return {row[1]: (row[2], row[3]) for row in rows if row}


def _order(start, end=None, mg=100, drug=SERTRALINE, local="order", **more):
    status = "completed" if end else "active"
    made = {"status": status, "authoredOn": start, **more}
    return order(local, drug, [dosage(mg, start, end)], **made)


def _by_date(on, status, local="order"):
    """Return an order of which only the day it was written is known."""
    return order(local, SERTRALINE, [dosage(100)], status=status, authoredOn=on)


def test_the_picture_of_a_whole_history(tmp_path):
    assert _picture(as_text(tmp_path, bundle(a_chart())).out) == [
        "Timeline",
        "             2025-09 2025-11 2026-01 2026-03  2026-05 2026-07 2026-09",
        "             |       +       +       +        +       +       +",
        "sertraline   |   ==============                                   inefficacy",
        "venlafaxine  |                 ==================                 inefficacy",
        "bupropion    |                                              ===>  running",
        "PHQ-9            21           18                19            20",
        "= at or above minimum  > running  | episode from 2025-09-01",
        "one column: about 7 days",
    ]


# One column is one day: August 2026 and the day of the assessment.
SIGNS = [
    pytest.param([_order("2026-08-03", "2026-08-12")], "=" * 10, id="at-minimum"),
    pytest.param([_order("2026-08-03", "2026-08-12", mg=25)], "-" * 10, id="below"),
    pytest.param([_order("2026-08-03", "2026-08-12", mg=None)], "~" * 10, id="dose-not-known"),
    pytest.param([_order("2026-08-20")], "=" * 13 + ">", id="running"),
    pytest.param([_by_date("2026-08-20", "active")], "=" + ":" * 12 + ">", id="possible"),
    pytest.param([_by_date("2026-08-20", "stopped")], "=" + ":" * 12 + "?", id="end-not-known"),
    pytest.param([_order("2026-09-01", "2026-09-01")], "=", id="one-day"),
    pytest.param(
        [_order("2026-08-03", "2026-08-06"), _order("2026-08-10", "2026-08-12", local="b")],
        "====...===",
        id="gap",
    ),
    pytest.param(
        [_order("2026-08-03", "2026-08-05", mg=25), _order("2026-08-06", "2026-08-07", local="b")],
        "---==",
        id="dose-raised",
    ),
    pytest.param(
        [_order("2026-08-03", "2026-08-12"), _order("2026-08-08", "2026-08-15", 25, local="b")],
        "=====--------",
        id="overlapping",
    ),
    pytest.param(
        [
            _order("2026-08-03", local="a", status="stopped"),
            _order("2026-08-10", drug=VENLAFAXINE, local="b"),
        ],
        "=======i",
        id="end-inferred",
    ),
]


@pytest.mark.parametrize(("orders", "signs"), SIGNS)
def test_a_column_shows_what_the_record_holds_of_its_day(tmp_path, orders, signs):
    assert _drawn(tmp_path, *orders)["sertraline"][0] == signs


def test_a_bar_stands_below_its_day(tmp_path):
    out = as_text(tmp_path, bundle([patient(), _order("2026-08-03", "2026-08-12")])).out
    _, labels, ticks, row, *_ = _picture(out)
    assert row.index("=") - labels.index("2026-08") == 2
    assert labels.index("2026-09") - labels.index("2026-08") == 31
    assert [ticks.index("+"), ticks.rindex("+")] == [
        labels.index("2026-08"),
        labels.index("2026-09"),
    ]


def test_the_legend_names_the_signs_that_are_used_and_no_others(tmp_path):
    one = _picture(as_text(tmp_path, bundle([patient(), _order("2026-08-03", "2026-08-12")])).out)
    episode = "| episode from 2026-08-03 (assumed)"
    assert one[-1] == f"= at or above minimum  {episode}  one column: 1 day"


def test_a_drug_without_dates_has_no_bar_and_says_so(tmp_path):
    undated = order("u", VENLAFAXINE, [dosage(150)], status="stopped")
    rows = _drawn(tmp_path, _order("2026-08-03", "2026-08-12"), undated)
    assert rows["venlafaxine"] == ("(no date is recorded)", "unknown")
    alone = _picture(as_text(tmp_path, bundle([patient(), undated])).out)
    assert alone[1] == "  - venlafaxine: no date is recorded; unknown"


def test_what_partial_dates_leave_open_is_only_possible(tmp_path):
    signs, said = _drawn(tmp_path, _order("2026-03", "2026-05", mg=150))["sertraline"]
    assert set(signs) == {":"}
    assert said == "unknown"


def test_decades_have_a_coarser_axis(tmp_path):
    depression = condition("c", concept(ICD, "F33.1"), onsetDateTime="1991-01-01")
    orders = [_order("1991-05-01", "1991-07-01"), _order("2012-08-01", "2026-08-01", local="b")]
    picture = _picture(as_text(tmp_path, bundle([patient(), depression, *orders])).out)
    assert picture[1].split() == ["1995", "2000", "2005", "2010", "2015", "2020", "2025"]
    assert re.search(r"one column: about \d+\.\d months", picture[-1])
    assert any(re.search(r"={15,}", row) for row in picture[3:])


def test_an_old_episode_does_not_squeeze_the_current_one(tmp_path):
    old = _order("1991-05-01", "1991-07-01", drug=VENLAFAXINE, local="old")
    depression = condition("c", concept(ICD, "F33.1"), onsetDateTime="2026-06-01")
    out = as_text(tmp_path, bundle([patient(), depression, old, _order("2026-06-10")])).out
    now, then = (out.index(f"Timeline of {which}") for which in ("the current", "other"))
    assert now < out.index("2026-07") < then < out.index("1991-06")


def test_single_days_never_look_like_an_unbroken_stretch(tmp_path):
    days = [f"{year}-{month:02}-15" for year in range(2006, 2026) for month in range(1, 13)]
    orders = [_order(day, day, local=f"day-{at}") for at, day in enumerate(days)]
    signs, _ = _drawn(tmp_path, *orders)["sertraline"]
    assert len(signs) > 40
    assert set(signs) == {"'"}


def test_days_between_dated_orders_stay_possible_on_a_coarse_axis(tmp_path):
    days = [f"{year}-{month:02}-15" for year in range(2021, 2026) for month in range(1, 13)]
    orders = [_by_date(day, "completed", f"day-{at}") for at, day in enumerate(days)]
    signs, _ = _drawn(tmp_path, *orders)["sertraline"]
    assert set(signs) == {"'", "?"}


def _scored(days):
    return [observation(f"s{at}", "44261-6", day, 10 + at) for at, day in enumerate(days)]


def test_scores_stand_at_their_days_and_hidden_ones_are_counted(tmp_path):
    drug = _order("2026-08-03", "2026-08-12")
    apart = _drawn(tmp_path, drug, *_scored(["2026-08-03", "2026-08-12"]))
    assert apart["PHQ-9"] == ("10       11", None)
    days = ["2026-08-03", "2026-08-05", "2026-08-06", "2026-08-20", "2020-01-01"]
    assert _drawn(tmp_path, drug, *_scored(days))["PHQ-9"] == (
        "10 12" + " " * 12 + "13",
        "3 of 4 shown",
    )


def test_the_last_score_fits_at_the_right_edge(tmp_path):
    rows = _drawn(tmp_path, _order("2026-08-20"), *_scored(["2026-09-01"]))
    assert rows["PHQ-9"][0] == "10"


def test_added_drugs_and_sessions_have_rows_and_a_second_antidepressant_only_one(tmp_path):
    sessions = [
        {
            "resourceType": "Procedure",
            "id": f"session-{at}",
            "status": "completed",
            "subject": {"reference": "Patient/pt-1"},
            "code": concept(CPT, "90868"),
            "performedDateTime": f"2026-08-{at:02}",
        }
        for at in (3, 4, 10)
    ]
    added = _order("2026-08-10", "2026-08-14", 5, concept(RXNORM, "89013"), "added")
    rows = _drawn(tmp_path, _order("2026-08-03"), added, *sessions)
    assert rows["aripiprazole"] == ("aaaaa", "added")
    assert rows["tms"] == ("**     *", "unknown")
    second = _order("2026-07-01", drug=VENLAFAXINE, local="second")
    out = as_text(tmp_path, bundle([patient(), _order("2026-01-01"), second])).out
    assert sum(line.startswith("venlafaxine") for line in _picture(out)) == 1


def test_an_urgent_signal_has_its_day(tmp_path):
    item = observation("i", "44260-8", "2026-08-12", 2)
    rows = _drawn(tmp_path, _order("2026-08-03"), item)
    assert rows["safety"] == ("!", "see Safety")


def test_the_first_day_of_the_episode_is_marked_where_nothing_is_covered(tmp_path):
    lines = _picture(
        as_text(
            tmp_path,
            bundle(
                [
                    patient(),
                    condition("c", concept(ICD, "F33.1"), onsetDateTime="2026-08-05"),
                    _order("2026-08-03", "2026-08-12"),
                    _order("2026-08-20", drug=VENLAFAXINE, local="b"),
                ]
            ),
        ).out
    )
    at = lines[1].index("2026-08") + 4
    assert [lines[row][at] for row in (2, 3, 4)] == ["|", "=", "|"]
    assert "| episode from 2026-08-05" in lines[-2] + lines[-1]


def test_more_rows_than_a_page_holds_are_counted(tmp_path):
    codes = ["312938", "808744", "993557", "310384", "349332"]
    orders = [
        _order(f"{1980 + at}-01-01", f"{1980 + at}-03-01", 100, concept(RXNORM, code), f"o{at}")
        for at, code in enumerate(codes * 7)
    ]
    lifted = [
        condition(
            f"c{at}",
            concept(ICD, "F33.1"),
            "resolved",
            onsetDateTime=f"{1980 + at}-01-01",
            abatementDateTime=f"{1980 + at}-06-01",
        )
        for at in range(35)
    ]
    out = as_text(tmp_path, bundle([patient("1950-01-01"), *lifted, *orders])).out
    picture = _picture(out)
    hidden = next(int(line.split()[2]) for line in picture if line.startswith("  - and "))
    rows = sum(bool(re.match(r"\S+ +.*unknown$", line)) for line in picture)
    assert rows == 24
    table = out[out.index("Antidepressant trials") :]
    shown = len(re.findall(r"^\S+ +\d{4}-01-01", table, re.MULTILINE))
    assert shown == 12
    assert f"and {hidden + rows - shown} more: see --format json" in table


ON_A_TERMINAL = [
    pytest.param({}, 100, {"\x1b[1m", "█", "│"}, set(), 100, id="utf-8"),
    pytest.param({}, 60, {"█"}, set(), 80, id="narrow"),
    pytest.param({}, 200, {"█"}, set(), 120, id="wide"),
    pytest.param({"PYTHONIOENCODING": "ascii"}, 80, {"==="}, {"█"}, 80, id="ascii"),
    pytest.param(
        {"NO_COLOR": "1"}, 80, {"█"}, {"\x1b[31m", "\x1b[36m", ";31m"}, 80, id="no-colour"
    ),
    pytest.param({"TERM": "dumb"}, 80, {"CRITICAL"}, {"\x1b"}, 80, id="dumb"),
]


@pytest.mark.parametrize(("environment", "columns", "there", "absent", "width"), ON_A_TERMINAL)
def test_on_a_terminal(tmp_path, environment, columns, there, absent, width):
    chart = a_chart()
    chart[-1]["component"][0]["valueInteger"] = 2
    path = written(tmp_path, bundle(chart))
    shown = on_a_terminal("assess", path, "--as-of", "2026-09-01", columns=columns, **environment)
    assert all(sign in shown for sign in there)
    assert not any(sign in shown for sign in absent)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert width - 12 < max(map(cell_len, _picture(plain))) <= width


def test_piped_output_is_ascii_bars_without_colour_whatever_is_wished(tmp_path, monkeypatch):
    path = written(tmp_path, bundle(a_chart()))
    plain = in_a_process("assess", path, "--as-of", "2026-09-01").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    assert in_a_process("assess", path, "--as-of", "2026-09-01").out == plain
    assert "\x1b" not in plain
    assert "\n".join(_picture(plain)).isascii()
