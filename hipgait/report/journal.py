"""The journal's page: one HTML file, no network, for a phone, a screen and A4 paper.

The answer first, with its reason; then the weeks, the course of the block, the exercises. A red
flag replaces all of it. Printed, page 1 (answer, reason, weeks, next session) stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hipgait.report import journal_words as words
from hipgait.report.journal_course import RunPoint, course
from hipgait.report.journal_exercises import exercises, programme
from hipgait.report.journal_glance import glance
from hipgait.report.journal_regions import regions
from hipgait.report.page import environment, svg
from hipgait.report.style import NARROW_PX, WIDE_PX
from hipgait.stats.run_values import RunValues
from hipgait.strength.entries import RED_SIGNS
from hipgait.strength.status import DISCLAIMER, Status


def render(status: Status, runs: Sequence[RunPoint] = (), named: Sequence[RunValues] = ()) -> str:
    """The page as one HTML text.

    Parameters
    ----------
    status : of ``hipgait.strength.status.status_of``.
    runs : pelvic drop of analysed runs, drawn under the journal's rows.
    named : the runs these are of, and those that cannot be drawn: the page says why.
    """
    first, rest = words.headline(status.guidance.answer)
    context: dict[str, Any] = {
        "title": f"Journal, {status.athlete.name}" if status.athlete.name else "Journal",
        "facts": words.facts(status),
        "first": first,
        "rest": rest,
        "why": words.why(status.guidance.answer, status),
        "paused": status.guidance.paused,
        "disclaimer": DISCLAIMER,
        "journal": status.journal.folder.name or "journal",
        "versions": _version(),
    }
    if not status.guidance.paused:
        context |= _body(status, runs, named)
    return environment().get_template("journal.html.j2").render(context)


def _version() -> str:
    from hipgait import __version__

    return f"hipgait {__version__}"


def _body(status: Status, runs: Sequence[RunPoint], named: Sequence[RunValues]) -> dict[str, Any]:
    guidance = status.guidance
    return {
        "waiting": words.next_in_line(status),
        "also": [words.why(a, status) for a in guidance.also],
        "asks": words.asks(status),
        "glance": _pair(glance, status, key="weeks"),
        "since": words.since(status),
        "rhythm": words.rhythm(status),
        "away": words.away(status),
        "course": _pair(course, status, runs, key="course"),
        "no_drop": words.no_drop(status, len(runs), named),
        "control": bool(status.control),
        "regions": _pair(regions, status, key="regions"),
        "exercises": exercises(status),
        "programme": programme(status),
        "ladder": words.ladder(status),
        "cues": status.cues,
        "again": guidance.cues,
        "remarks": guidance.remarks,
        "audits": words.audits(status) if status.journal.runs else [],
        "checks": words.checks(status),
        "signs": "; ".join(RED_SIGNS.values()),
        "limit": f"{status.rules.number('red_flag', 'limit'):g}",
        "empty": not status.journal.entries(),
    }


def _pair(draw: Any, *parts: Any, key: str) -> dict[str, Any] | None:
    """A figure for a screen and for a phone, or None where there is nothing to draw."""
    wide = draw(*parts, WIDE_PX)
    if wide is None:
        return None
    return {"wide": svg(wide, key), "phone": svg(draw(*parts, NARROW_PX), f"{key}p")}
