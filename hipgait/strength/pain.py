"""Pain: red flags, and the rules for running with pain.

Vincent and Vincent 2017, doi:10.1249/JSR.0000000000000362: stop when pain rises or turns sharp in a
run; joint pain is not there on the next day; pain that was there before stays below 3 of 10 and
does not get worse; stop at a limp.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from hipgait.strength.entries import RED_SIGNS, RUN_SIGNS, Entry, Exercise, Pain
from hipgait.strength.journal import Journal
from hipgait.strength.rules import Advice, Rules, day_words, distinct

Place = tuple[str, str]
NEXT_DAY: Final = ("next_morning", "24h", "48h")
CALM: Final = 2.0
"""Pain up to this is let pass, of 10 (our proposal)."""
PAIN_RULES: Final = ("pain_run", "pain_joint", "pain_before", "pain_high", "pain_amber")


def last_cleared(journal: Journal) -> dt.date:
    """Day of a clinician's latest clearance."""
    return max((n.date for n in journal.notes if n.kind == "cleared"), default=dt.date.min)


def since_cleared(journal: Journal) -> list[Pain]:
    """Pain of the day of the clearance and later: what was there before has been seen."""
    cleared = last_cleared(journal)
    return [p for p in journal.pain if p.date >= cleared]


def red_flags(journal: Journal, rules: Rules) -> Advice | None:
    """Every red flag as one advice that replaces all other; None where there is none."""
    limit, days = rules.number("red_flag", "limit"), rules.number("red_flag", "days")
    cleared = last_cleared(journal)
    found: list[tuple[Entry, str]] = []
    for pain in since_cleared(journal):
        found += [(pain, text) for text in _flags(pain, limit)]
    for row in journal.sessions:
        if row.date >= cleared and row.pain is not None and row.pain >= limit:
            found.append((row, f"pain of {row.pain:g} of 10 in a session"))
    for entries in _lasting(journal, days):
        found += [(e, f"pain for more than {days:g} days: {_place(e)}") for e in entries]
    if not found:
        return None
    texts = list(dict.fromkeys(text for _, text in reversed(found)))
    return rules.advise(
        "red_flag", distinct([entry for entry, _ in found]), seen=f"You logged {'; '.join(texts)}"
    )


def _flags(pain: Pain, limit: float) -> Iterator[str]:
    for sign in pain.signs:
        if sign in RED_SIGNS:
            yield RED_SIGNS[sign]
    where = _place(pain)
    if pain.level >= limit:
        yield f"pain of {pain.level:g} of 10: {where}"
    if pain.level > 0:
        if pain.when in ("rest", "night"):
            yield f"pain {'at night' if pain.when == 'night' else 'at rest'}: {where}"
        if pain.kind == "bone":
            yield f"pain in the bone: {where}"
        if pain.kind == "nerve":
            yield f"pain of a nerve: {where}"


def _place(pain: Pain) -> str:
    side = f"{pain.side} " if pain.side in ("left", "right") else ""
    return f"{side}{pain.region.replace('_', ' ')}"


def places(pain: Pain) -> list[Place]:
    """(region, side) of an entry; both sides are two places."""
    sides = ("left", "right") if pain.side == "both" else (pain.side or "",)
    return [(pain.region, side) for side in sides]


def open_pain(journal: Journal, rules: Rules) -> dict[Place, list[Pain]]:
    """Entries that still count, by place: those after the last day on which all was calm there."""
    by_place: dict[Place, list[Pain]] = defaultdict(list)
    for pain in since_cleared(journal):
        for place in places(pain):
            by_place[place].append(pain)
    found: dict[Place, list[Pain]] = {}
    for place, entries in by_place.items():
        days: dict[dt.date, list[Pain]] = defaultdict(list)
        for pain in entries:
            days[pain.date].append(pain)
        calm = [d for d, here in days.items() if not any(_not_calm(p, here, rules) for p in here)]
        after = max(calm, default=dt.date.min)
        left = [p for p in entries if p.date > after]
        if left:
            found[place] = left
    return found


def _not_calm(pain: Pain, same_day: Sequence[Pain], rules: Rules) -> bool:
    flagged = any(_flags(pain, rules.number("red_flag", "limit")))
    return pain.level > CALM or flagged or bool(rule_of(pain, same_day, rules))


def rule_of(pain: Pain, same_day: Sequence[Pain], rules: Rules) -> str:
    """Name of the most careful rule that an entry meets, "" for none.

    same_day : entries of that day and place.
    """
    before = [p.level for p in same_day if p.when == "before" and p.level > 0]
    met = {
        "pain_run": any(sign in RUN_SIGNS for sign in pain.signs),
        "pain_joint": pain.kind == "joint" and pain.when in NEXT_DAY and pain.level > 0,
        "pain_before": (
            pain.when == "before" and pain.level >= rules.number("pain_before", "limit")
        )
        or (pain.when == "during" and bool(before) and pain.level > max(before)),
        "pain_high": pain.level >= rules.number("pain_high", "limit"),
        "pain_amber": pain.level >= rules.number("pain_amber", "limit"),
    }
    return next((name for name in PAIN_RULES if met[name] and rules.on(name)), "")


def pain_advice(journal: Journal, rules: Rules) -> list[Advice]:
    """What open pain asks for: one advice a rule, with all its entries."""
    met: dict[str, list[Pain]] = defaultdict(list)
    open_there: dict[str, list[Pain]] = defaultdict(list)
    for entries in open_pain(journal, rules).values():
        for pain in entries:
            name = rule_of(pain, [p for p in entries if p.date == pain.date], rules)
            if name:
                met[name].append(pain)
                open_there[name] += entries
    return [
        rules.advise(name, distinct([*found, *open_there[name]]), seen=_seen(found))
        for name, found in met.items()
    ]


def _seen(entries: Sequence[Pain]) -> str:
    last = max(entries, key=lambda p: (p.date, p.level))
    signs = [RUN_SIGNS[s] for s in last.signs if s in RUN_SIGNS]
    tail = f" ({', '.join(signs)})" if signs else ""
    return f"You logged pain of {last.level:g} of 10: {_place(last)}, {day_words(last.date)}{tail}"


def _lasting(journal: Journal, days: float) -> Iterator[list[Pain]]:
    """Entries of places that hurt on days further apart than ``days`` with no calm day between."""
    by_place: dict[Place, list[Pain]] = defaultdict(list)
    for pain in since_cleared(journal):
        for place in places(pain):
            by_place[place].append(pain)
    for entries in by_place.values():
        calm = [
            day
            for day in {p.date for p in entries}
            if all(p.level <= CALM for p in entries if p.date == day)
        ]
        after = max(calm, default=dt.date.min)
        left = [p for p in entries if p.date > after]
        if left and (left[-1].date - left[0].date).days > days:
            yield left


def painful(journal: Journal, rules: Rules) -> dict[dt.date, list[Entry]]:
    """Days with pain that asked for rest or more, cleared or not -> all pain logged on them."""
    limit = rules.number("red_flag", "limit")
    days = {r.date for r in journal.sessions if _hurt(r, limit)}
    for pain in journal.pain:
        same = [
            p for p in journal.pain if p.date == pain.date and set(places(p)) & set(places(pain))
        ]
        if any(_flags(pain, limit)) or rule_of(pain, same, rules) not in ("", "pain_amber"):
            days.add(pain.date)
    hurt: list[Entry] = [*journal.pain, *(r for r in journal.sessions if _hurt(r, limit))]
    return {day: [e for e in hurt if e.date == day] for day in sorted(days)}


def _hurt(row: Exercise, limit: float) -> bool:
    return row.pain is not None and row.pain >= limit
