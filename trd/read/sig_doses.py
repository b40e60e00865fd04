"""Which dose do the items of a text tell, and in which order are they put together?

Each rule of the table names a form, written as the kinds of the items it joins, and what they say
together ("2 tablets of 75 mg"). The rules are taken in order, each wherever its form stands.
"""

import re
from collections.abc import Sequence
from typing import Final

from trd.knowledge.sig_words import (
    DAILY_TOTAL,
    DIVIDED,
    MASS,
    MILLILITRE,
    MORE,
    NUMBER,
    PIECE,
    TIMES,
)
from trd.read import sig_forms as forms
from trd.read.amounts import NONE, ONCE, Amount
from trd.read.sig_forms import (
    CONCENTRATION,
    DOSE,
    LIMIT,
    MOST_AT_ONCE,
    OF_A_DAY,
    PLAIN,
    STRENGTH,
    TOLD_TOTAL,
    UNITS,
    Dose,
    Maker,
    Row,
    Said,
)
from trd.read.sig_items import DECIMAL, Item

# ------------------------------------------------------------------ doses


def _dose(row: Row, relation: str) -> list[Said]:
    """Return the dose of a form that holds pieces, mg or both."""
    amounts: dict[str, Amount] = {}
    last: Item | None = None
    for one in row:
        if one.kind == NUMBER:
            last = one.item
        elif one.kind in UNITS and last is not None:
            per = one.item.low if one.kind == MASS else 1.0
            amounts[one.kind] = Amount(last.low * per, last.high * per)
            last = None
    if any(one.high <= 0 for one in amounts.values()):
        return [forms.said(MORE)]
    pieces = amounts.get(PIECE, amounts.get(MILLILITRE))
    mg = amounts.get(MASS)
    return [
        Said(
            Item(DOSE),
            Dose(pieces, mg, relation if pieces and mg else "", in_ml=MILLILITRE in amounts),
        )
    ]


def _total(row: Row) -> list[Said]:
    return _dose(row, "total")


def _each(row: Row) -> list[Said]:
    return _dose(row, "each")


def _either(row: Row) -> list[Said]:
    return _dose(row, "either")


def _count_of(row: Row) -> list[Said]:
    """Return the dose of "two 25 mg tablets" or "2 x 50 mg"."""
    count, strength = forms.of_kind(row, NUMBER)
    if strength.low != strength.high:
        return [forms.said(MORE)]
    per = forms.of_kind(row, MASS)[0].low
    mg = Amount(strength.low * per, strength.high * per)
    return [Said(Item(DOSE), Dose(count.amount(), mg, "each"))]


def _strength(row: Row) -> list[Said]:
    """Return "25 mg tablet": the strength of a piece, or one piece where no other is told."""
    number, per = row[0].item, forms.of_kind(row, MASS)[0].low
    if number.low != number.high:
        return [forms.said(MORE)]
    return [forms.said(STRENGTH, number.low * per)]


def _count_of_strength(row: Row) -> list[Said]:
    """Return the dose of "one 9 mg/24 h patch"."""
    count, strength = row[0].item, row[1].item.low
    return [Said(Item(DOSE), Dose(count.amount(), Amount(strength, strength), "each"))]


def _concentration(row: Row) -> list[Said]:
    numbers, per = forms.of_kind(row, NUMBER), forms.of_kind(row, MASS)[0].low
    volume = numbers[1].low if len(numbers) > 1 else 1.0
    if not volume:
        return [forms.said(MORE)]
    return [forms.said(CONCENTRATION, numbers[0].low * per / volume)]


def _told_total(row: Row) -> list[Said]:
    """Return "total 100 mg" as a check of the dose, with the days it holds for if told."""
    number, per, often = (
        forms.of_kind(row, NUMBER)[0],
        forms.of_kind(row, MASS)[0].low,
        forms.of_kind(row, TIMES),
    )
    if often and often[0].name != PLAIN:
        return [forms.said(MORE)]
    name = OF_A_DAY if often or row[0].kind == DAILY_TOTAL else ""
    return [forms.said(TOLD_TOTAL, number.low * per, number.high * per, name)]


def _limit(row: Row) -> list[Said]:
    """Return the most that may be taken, a day or not said of what; it bounds what is taken."""
    often = forms.of_kind(row, TIMES)
    if often and often[0].amount() != ONCE:
        return [forms.said(MORE)]
    number = forms.of_kind(row, NUMBER)[0]
    dose = _dose(row, "either")[0].dose
    is_bare = dose is None or (dose.pieces is None and dose.mg is None)
    if is_bare and not often and number.high > forms.MOST_BARE:
        return []
    kind = LIMIT if often else MOST_AT_ONCE
    return [Said(Item(kind), Dose(number.amount(), None) if is_bare else dose)]


def _told_twice(row: Row) -> list[Said]:
    """Return "200 mg (two 100 mg tablets)" as one dose; its two readings must agree."""
    first, second = row[0].dose, row[2].dose
    if first is None or second is None or first.pieces or second.relation != "each":
        return [forms.said(MORE)]
    pieces, mg = second.pieces or NONE, second.mg or NONE
    if first.mg != Amount(pieces.low * mg.low, pieces.high * mg.high):
        return [forms.said(MORE)]
    return [row[2]]


def _bare(row: Row) -> list[Said] | None:
    """Return "1 daily", "2 at bedtime" as pieces."""
    number = row[0].item
    if number.high > forms.MOST_BARE or number.low <= 0 or number.name == DECIMAL:
        return None
    return [Said(Item(DOSE), Dose(number.amount(), None)), *row[1:]]


# The letters are the kinds of ``sig_words`` and ``sig_forms``: n number, m mass, p piece,
# l millilitre, d period, y rate, f times, t part of the day, w weekday, s strength, D dose,
# L length. A sign stands for itself.
_RULES: Final[tuple[tuple[str, Maker], ...]] = (
    # what is no dose: supply, refills, the most that may be taken
    (r"n-?d#", forms.nothing),
    (r"#[#,:g-]*n(?:\(n\))?[pl]?", forms.nothing),
    (r"(?<=,)n[pl]?,*(?=n?R)", forms.nothing),
    (r"x?nR|R[,:-]*x?n?", forms.nothing),
    (r"(?<=[ftyqL]),+np,*$", forms.rest_of_supply),
    (r"(?<=N)/(?=N)", forms.nothing),
    # numbers
    (r"(?<![n(])\(n\)(?=[pl])", lambda row: [row[1]]),
    (r"(?<!n)Z(?=n)", forms.nothing),
    (r"Zp", lambda row: [forms.said(NUMBER, 1.0), row[1]]),
    (r"n\(n\)", forms.same_twice),
    (r"nh|nph", forms.half_more),
    (r"n[a-]n(?=p)", forms.whole_and_part),
    (r"(?<![n-])(?:n-n-n-n|n-n-n)(?!-)[mp]?", forms.scheme),
    (r"n[-r]n(?!-)|nZn(?=[mpl])", forms.span),
    (r"n([mpl])[-r]n\1", forms.span),
    # times
    (r"nm/nd", forms.strength_of_a_patch),
    (r"[Fx]nd(?![y#])", forms.length_of),
    (r"Fy", forms.named_length),
    (r"Ank", lambda _: [forms.said(DIVIDED)]),
    (r"And", forms.length_then),
    (r"Ay", forms.named_length_then),
    (r"(?<=L),+np,*$", forms.rest_of_supply),
    (r"xn(?=$|[,#R])", forms.count_of_supply),
    (r"e-?nd", forms.every),
    (r"eod", forms.every),
    (r"eot", lambda row: [forms.said(TIMES, 0.5), row[-1]]),
    (r"/nd|[/e]d", forms.rate),
    (r"nx[/e]?[yd]|xny", forms.often),
    (r"1r2y", forms.once_or_twice),
    (r"[123][/ex]*[yd]", forms.often),
    (r"ndy", forms.days_of_a_week),
    (r"1(?=[tf])", forms.nothing),
    (r"y", forms.plain),
    (r"f[-r]f", forms.from_to),
    (r"w[-Z]w", forms.weekdays),
    (r"wrw", forms.unreadable),
    (r"(?<=w)/(?=w)", lambda _: [forms.said(",")]),
    (r"@n:?n?t", forms.at_the_hour),
    (r"dn(?=[:,=(O-]*n)", forms.label),
    (r"(?<=[mp])e(?![don])", lambda _: [forms.said("E")]),
    # doses
    (r"nm/n?l", _concentration),
    (r"M[g:,u]*n[mpl](?:\(n[mpl]\))?(?:[/,]*f)?", _limit),
    (r"M[g:,u]*nf?", _limit),
    (r"M[g:,u]*", forms.nothing),
    (r"nx?nmp|nxnm", _count_of),
    (r"n[pl]\((?:[=T:g]+nmT?|nmT)\)|n[pl]=nmT?|nm=n[pl]T?|nmT?\(n[pl]\)|nl\(nm\)", _total),
    (r"np[(g]?nm(?:E|/Z?p)\)?|npgnmp?|np\(nmp\)", _each),
    (r"np\(nm\)|np[,:]?nm(?!p)|nm[,:]?np|nl,?nm", _either),
    (r"nmp", _strength),
    (r"nsp", _count_of_strength),
    (r"[TY][:,=g]*nmf?", _told_total),
    (r"n[mpl]", lambda row: _dose(row, "")),
    (r"D\(D\)", _told_twice),
    (r"(?<!N)(?:n(?=[,A@]*[fwtq])|n$)", _bare),
    (r"nV", lambda row: [row[1]]),
)
_COMPILED: Final = tuple((re.compile(form), make) for form, make in _RULES)


def put_together(items: Sequence[Item]) -> list[Said]:
    """Return the items joined by every form."""
    row = [Said(item) for item in items]
    shape = _shape_of(row)
    for form, make in _COMPILED:
        if form.search(shape) is not None:
            row = _applied(row, shape, form, make)
            shape = _shape_of(row)
    return row


def _shape_of(row: Sequence[Said]) -> str:
    """Return the kinds of the items of a row, a letter each."""
    return "".join([one.item.kind for one in row])


def _applied(row: list[Said], shape: str, form: re.Pattern[str], make: Maker) -> list[Said]:
    """Join the items of one form wherever it stands, from left to right."""
    done: list[Said] = []
    at = 0
    for found in form.finditer(shape):
        made = make(row[found.start() : found.end()])
        if made is None or found.end() == found.start():
            continue
        done += [*row[at : found.start()], *made]
        at = found.end()
    return done + row[at:] if at else row
