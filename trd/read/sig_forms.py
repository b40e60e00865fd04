"""What do the items of a dosage text say when they are put together?

Each rule names a form, written as the kinds of the items it joins, and what they say together:
"2 times daily" is a frequency, "2 tablets of 75 mg" a dose, "#30" a supply that is no dose. The
rules are taken in order, each wherever its form stands.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from trd.knowledge.sig_words import (
    DAILY_TOTAL,
    MILLILITRE,
    MORE,
    NUMBER,
    PART,
    PIECE,
    RATE,
    TIMES,
)
from trd.read.amounts import Amount
from trd.read.sig_items import Item

DOSE, STRENGTH, CONCENTRATION, LENGTH, LABEL = "D", "s", "C", "L", "K"
TOLD_TOTAL, LIMIT = "W", "B"

PLAIN: Final = "plain"
"""The name of a frequency that other words may make precise: "daily", "per day"."""
OF_A_DAY: Final = "day"
"""The name of a sum that is told as that of a day."""
LATER: Final = "later"
"""The name of a length after which something begins."""
ANY: Final = "any"
"""The name of so many weekdays, whichever."""
_WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_MOST_BARE: Final = 4
"""A number without a unit is so many pieces at most."""
_MOST_IN_SCHEME: Final = 4
_WITH_NIGHT: Final = 4
"""Numbers of a scheme whose last one is for the night."""
_COUNTS: Final = {"1": 1.0, "2": 2.0, "3": 3.0}


class Dose(NamedTuple):
    """What is taken at a time: pieces or mg or both, and how they go together.

    ``relation`` of mg to pieces: "total", "each" (mg of one piece), "either" (the text leaves it
    open) or "" (one of them is not told). ``in_ml``: the pieces are millilitres.
    """

    pieces: Amount | None
    mg: Amount | None
    relation: str = ""
    in_ml: bool = False


class Said(NamedTuple):
    """An item that may be a dose."""

    item: Item
    dose: Dose | None = None

    @property
    def kind(self) -> str:
        """Return the kind of the item."""
        return self.item.kind


Row = Sequence[Said]
Maker = Callable[[Row], list[Said] | None]


def _item(kind: str, low: float = 0.0, high: float | None = None, name: str = "") -> Said:
    return Said(Item(kind, low, low if high is None else high, name))


def _nothing(_: Row) -> list[Said]:
    return []


def _more(_: Row) -> list[Said]:
    return [_item(MORE)]


def _of(row: Row, kinds: str) -> list[Item]:
    return [one.item for one in row if one.kind in kinds]


# ------------------------------------------------------------------ numbers


def _same_twice(row: Row) -> list[Said]:
    first, second = _of(row, NUMBER)
    return [Said(first)] if first.amount() == second.amount() else [_item(MORE)]


def _half_more(row: Row) -> list[Said]:
    """Add the half of "1 tablet and a half"."""
    number = row[0].item
    return [_item(NUMBER, number.low + 0.5, number.high + 0.5), *row[1:-1]]


def _whole_and_part(row: Row) -> list[Said] | None:
    whole, part = _of(row, NUMBER)
    if whole.low < 1 or whole.low != int(whole.low) or not 0 < part.low < 1:
        return None
    return [_item(NUMBER, whole.low + part.low)]


def _range(row: Row) -> list[Said]:
    numbers = _of(row, NUMBER)
    low, high = numbers[0], numbers[-1]
    if low.low != low.high or high.low != high.high or low.high >= high.low:
        return [_item(MORE)]
    between = [one for one in row if one.kind in "mpl"]
    units = {one.item for one in between}
    if len(units) > 1:
        return [_item(MORE)]
    return [_item(NUMBER, low.low, high.high), *between[-1:]]


def _scheme(row: Row) -> list[Said]:
    """Return the day's sum of "1-0-1", a scheme of pieces (or mg) by part of the day."""
    parts = [one.low for one in _of(row, NUMBER)]
    unit = [one for one in row if one.kind in "mp"]
    is_mass = bool(unit) and unit[0].kind == "m"
    is_titration = 0 not in parts and (
        sorted(set(parts)) == parts or (is_mass and len(set(parts)) > 1)
    )
    is_many = not is_mass and max(parts) > _MOST_IN_SCHEME
    if not sum(parts) or is_many or is_titration:
        return [_item(MORE)]
    often = _item(TIMES, 1.0)
    if len(parts) == _WITH_NIGHT and sum(parts) == parts[-1]:
        often = _item(PART, name="bedtime")
    return [_item(NUMBER, sum(parts)), *(unit or [_item(PIECE)]), often]


# ------------------------------------------------------------------ times


def _every(row: Row) -> list[Said]:
    """Return the times a day of "every 4 to 6 hours", "every other day"."""
    days = _of(row, "d")[0].low
    numbers = _of(row, NUMBER)
    low, high = (numbers[0].low, numbers[0].high) if numbers else (2.0, 2.0)
    if low <= 0:
        return [_item(MORE)]
    return [_item(TIMES, 1 / (high * days), 1 / (low * days))]


def _strength_of_a_patch(row: Row) -> list[Said] | None:
    """Return "6 mg/24 hr" as the strength of a patch: how often it is changed stands elsewhere."""
    amount, hours = _of(row, NUMBER)
    if _of(row, "d")[0].low >= 1 or round(hours.low * _of(row, "d")[0].low, 6) != 1:
        return None
    return [_item(STRENGTH, amount.low * _of(row, "m")[0].low)]


def _rate(row: Row) -> list[Said]:
    """Return "per 24 hours", "every day" as a rate."""
    numbers = _of(row, NUMBER)
    days = _of(row, "d")[0].low
    if not numbers and days < 1:
        return [_item(MORE)]
    return [_item(RATE, days * (numbers[0].low if numbers else 1.0))]


def _often(row: Row) -> list[Said]:
    """Return the times a day of "2 times daily", "twice a week", "once daily"."""
    numbers = _of(row, NUMBER)
    counts = [_COUNTS[one.kind] for one in row if one.kind in _COUNTS]
    low, high = (numbers[0].low, numbers[0].high) if numbers else (counts[0], counts[0])
    days = _of(row, "yd")[0].low
    return [_item(TIMES, low / days, high / days)]


def _once_or_twice(row: Row) -> list[Said]:
    days = row[-1].item.low
    return [_item(TIMES, 1 / days, 2 / days)]


def _days_of_a_week(row: Row) -> list[Said]:
    number, rate = row[0].item, row[-1].item
    if number.high >= rate.low:
        return [_item(MORE)]
    return [_item("w", number.low, number.high, name=ANY)]


def _plain(row: Row) -> list[Said]:
    """Return a rate alone ("daily") as times a day that other times may make precise."""
    return [_item(TIMES, 1 / row[0].item.low, name=PLAIN)]


def _from_to(row: Row) -> list[Said]:
    """Return "daily or twice daily" as from so often to so often."""
    first, last = _of(row, TIMES)
    return [_item(TIMES, min(first.low, last.low), max(first.high, last.high))]


def _weekdays(row: Row) -> list[Said]:
    first, last = _of(row, "w")
    if not {first.name, last.name} <= set(_WEEKDAYS):
        return [_item(MORE)]
    days = (_WEEKDAYS.index(last.name) - _WEEKDAYS.index(first.name)) % len(_WEEKDAYS) + 1
    return [_item("w", days, days, name=ANY)]


def _at_the_hour(row: Row) -> list[Said] | None:
    hour = _of(row, NUMBER)[0].low
    if not 1 <= hour <= 12 or hour != int(hour):  # noqa: PLR2004 - hours of a clock
        return None
    return [row[-1]]


# ------------------------------------------------------------------ lengths


def _length(row: Row) -> list[Said]:
    number = _of(row, NUMBER)
    days = _of(row, "d")[0].low * (number[0].low if number else 1.0)
    if days < 1 or (number and number[0].low != number[0].high):
        return [_item(MORE)]
    return [_item(LENGTH, days)]


def _named_length(row: Row) -> list[Said] | None:
    """Return "for a week" as a length; "for daily use" is none."""
    days = row[1].item.low
    return [_item(LENGTH, days)] if days > 1 else None


def _length_then(row: Row) -> list[Said]:
    return [*_later(_length(row)), _item(">")]


def _named_length_then(row: Row) -> list[Said] | None:
    length = _named_length(row)
    return None if length is None else [*_later(length), _item(">")]


def _later(length: list[Said]) -> list[Said]:
    return [Said(one.item._replace(name=LATER)) for one in length]


def _rest_of_supply(row: Row) -> list[Said] | None:
    """Drop the ", 30 tablets" at the end: a supply, where it is no dose."""
    return [] if _of(row, NUMBER)[0].low > _MOST_BARE else None


def _count_of_supply(row: Row) -> list[Said] | None:
    """Drop the "x 30" at the end: so many days or pieces of supply."""
    return [] if row[1].item.low > _MOST_BARE else None


def _label(row: Row) -> list[Said]:
    """Return "week 2" or "days 4-7" with its first and last day."""
    days = _of(row, "d")[0].low
    number = _of(row, NUMBER)[0]
    if days < 1 or number.low < 1:
        return [_item(MORE)]
    return [_item(LABEL, (number.low - 1) * days, number.high * days)]


# ------------------------------------------------------------------ doses


def _dose(row: Row, relation: str) -> list[Said]:
    """Return the dose of a form that holds pieces, mg or both."""
    amounts: dict[str, Amount] = {}
    last: Item | None = None
    for one in row:
        if one.kind == NUMBER:
            last = one.item
        elif one.kind in "mpl" and last is not None:
            per = one.item.low if one.kind == "m" else 1.0
            amounts[one.kind] = Amount(last.low * per, last.high * per)
            last = None
    if any(one.high <= 0 for one in amounts.values()):
        return [_item(MORE)]
    pieces = amounts.get(PIECE, amounts.get(MILLILITRE))
    mg = amounts.get("m")
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
    count, strength = _of(row, NUMBER)
    if strength.low != strength.high:
        return [_item(MORE)]
    per = _of(row, "m")[0].low
    mg = Amount(strength.low * per, strength.high * per)
    return [Said(Item(DOSE), Dose(count.amount(), mg, "each"))]


def _strength(row: Row) -> list[Said]:
    """Return "25 mg tablet": the strength of a piece, or one piece where no other is told."""
    number, per = row[0].item, _of(row, "m")[0].low
    if number.low != number.high:
        return [_item(MORE)]
    return [_item(STRENGTH, number.low * per)]


def _count_of_strength(row: Row) -> list[Said]:
    """Return the dose of "one 9 mg/24 h patch"."""
    count, strength = row[0].item, row[1].item.low
    return [Said(Item(DOSE), Dose(count.amount(), Amount(strength, strength), "each"))]


def _concentration(row: Row) -> list[Said]:
    numbers, per = _of(row, NUMBER), _of(row, "m")[0].low
    volume = numbers[1].low if len(numbers) > 1 else 1.0
    if not volume:
        return [_item(MORE)]
    return [_item(CONCENTRATION, numbers[0].low * per / volume)]


def _told_total(row: Row) -> list[Said]:
    """Return "total 100 mg" as a check of the dose, with the days it holds for if told."""
    number, per, often = _of(row, NUMBER)[0], _of(row, "m")[0].low, _of(row, TIMES)
    if often and often[0].name != PLAIN:
        return [_item(MORE)]
    name = OF_A_DAY if often or row[0].kind == DAILY_TOTAL else ""
    return [_item(TOLD_TOTAL, number.low * per, number.high * per, name)]


def _limit(row: Row) -> list[Said]:
    """Return the most that may be taken a day; it bounds what is taken as needed."""
    often = _of(row, TIMES)
    if not often or often[0].amount() != Amount(1.0, 1.0):
        return []
    return [Said(Item(LIMIT), _dose(row, "either")[0].dose)]


def _told_twice(row: Row) -> list[Said]:
    """Return "200 mg (two 100 mg tablets)" as one dose; its two readings must agree."""
    first, second = row[0].dose, row[2].dose
    if first is None or second is None or first.pieces or second.relation != "each":
        return [_item(MORE)]
    pieces, mg = second.pieces, second.mg
    if pieces is None or mg is None:
        return [_item(MORE)]
    if first.mg != Amount(pieces.low * mg.low, pieces.high * mg.high):
        return [_item(MORE)]
    return [row[2]]


def _bare(row: Row) -> list[Said] | None:
    """Return "1 daily", "2 at bedtime" as pieces."""
    number = row[0].item
    if number.high > _MOST_BARE or number.low <= 0:
        return None
    return [Said(Item(DOSE), Dose(number.amount(), None)), *row[1:]]


_RULES: Final[tuple[tuple[str, Maker], ...]] = (
    # what is no dose: supply, refills, the most that may be taken
    (r"n-?d#", _nothing),
    (r"#[#,:g-]*n(?:\(n\))?[pl]?", _nothing),
    (r"(?<=,)n[pl]?,*(?=n?R)", _nothing),
    (r"x?nR|R[,:-]*x?n?", _nothing),
    (r"(?<=[ftyqL]),+np,*$", _rest_of_supply),
    (r"(?<=N)/(?=N)", _nothing),
    # numbers
    (r"(?<![n(])\(n\)(?=[pl])", lambda row: [row[1]]),
    (r"(?<!n)Z(?=n)", _nothing),
    (r"Zp", lambda row: [_item(NUMBER, 1.0), row[1]]),
    (r"n\(n\)", _same_twice),
    (r"nh|nph", _half_more),
    (r"n[a-]n(?=p)", _whole_and_part),
    (r"(?<![n-])(?:n-n-n-n|n-n-n)(?!-)[mp]?", _scheme),
    (r"n[-r]n(?!-)|nZn(?=[mpl])", _range),
    (r"n([mpl])[-r]n\1", _range),
    # times
    (r"nm/nd", _strength_of_a_patch),
    (r"[Fx]nd(?![y#])", _length),
    (r"Fy", _named_length),
    (r"And", _length_then),
    (r"Ay", _named_length_then),
    (r"(?<=L),+np,*$", _nothing),
    (r"xn(?=$|[,#R])", _count_of_supply),
    (r"en-?d|e-?nd", _every),
    (r"eod", _every),
    (r"eot", lambda row: [_item(TIMES, 0.5), row[-1]]),
    (r"/nd|[/e]d", _rate),
    (r"nx[/e]?[yd]|xny", _often),
    (r"1r2y", _once_or_twice),
    (r"[123][/ex]*[yd]", _often),
    (r"ndy", _days_of_a_week),
    (r"1(?=[tf])", _nothing),
    (r"y", _plain),
    (r"f[-r]f", _from_to),
    (r"w-w", _weekdays),
    (r"wrw", _more),
    (r"(?<=w)/(?=w)", lambda _: [_item(",")]),
    (r"@n:?n?t", _at_the_hour),
    (r"dn(?=[:,=(O-]*n)", _label),
    (r"(?<=[mp])e(?![don])", lambda _: [_item("E")]),
    # doses
    (r"nm/n?l", _concentration),
    (r"M[g:,u]*n[mpl](?:\(n[mpl]\))?(?:[/,]*f)?", _limit),
    (r"M[g:,u]*n?f?", _nothing),
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
    for form, make in _COMPILED:
        row = _applied(row, form, make)
    return row


def _applied(row: list[Said], form: re.Pattern[str], make: Maker) -> list[Said]:
    """Join the items of one form wherever it stands, from left to right."""
    shape = "".join(one.kind for one in row)
    done: list[Said] = []
    at = 0
    for found in form.finditer(shape):
        made = make(row[found.start() : found.end()])
        if made is None or found.end() == found.start():
            continue
        done += [*row[at : found.start()], *made]
        at = found.end()
    return done + row[at:] if at else row
