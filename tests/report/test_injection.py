"""Names of files, sensors and people, and notes, are text on every page and in every drawing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from html.parser import HTMLParser

from hipgait.recording import Athlete
from hipgait.report.comparison import render_view
from hipgait.report.run import render
from hipgait.report.trend import TrendPicture, trend_canvas
from tests.report.fabricate import STORIES, fabricate
from tests.report.invent_comparison import STATES

EVIL = " ".join(
    [
        "<script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "</title></svg><iframe src='//x'>",
        "{{ 7 * 7 }}{% raw %}",
        "$\\frac{$ $$",
    ]
)


class Seen(HTMLParser):
    """Elements, and attributes that lead or act."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[tuple[str, str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "img", "iframe", "object", "embed", "base", "form"):
            self.bad.append((tag, "", ""))
        for name, value in attrs:
            leads = name in ("href", "src", "xlink:href", "action")
            safe = (value or "").startswith(("#", "https://doi.org/"))
            if name.startswith("on") or (leads and not safe):
                self.bad.append((tag, name, value))


def acting(page: str) -> list[tuple[str, str, str | None]]:
    """What on a page acts, or leads elsewhere."""
    seen = Seen()
    seen.feed(page)
    return seen.bad


def test_the_check_sees_what_acts() -> None:
    page = "<img src=x onerror=1><a href='javascript:1'></a><a href='https://doi.org/10'></a>"
    assert [bad[:2] for bad in acting(page)] == [
        ("img", ""),
        ("img", "src"),
        ("img", "onerror"),
        ("a", "href"),
    ]


def test_a_run() -> None:
    found = fabricate(STORIES["very_short"])
    info = replace(
        found.info, surface=EVIL, shoe=EVIL, notes=EVIL, athlete=Athlete(name=EVIL, height_m=1.7)
    )
    streams = {
        p: {**s, "format": EVIL, "notes": [EVIL], "path": EVIL}
        for p, s in found.quality["streams"].items()
    }
    quality = {**found.quality, "streams": streams, "notes": [EVIL]}
    run = {
        **found.run,
        "inputs": [{"path": EVIL, "sha256": EVIL}],
        "versions": {**found.run["versions"], "hipgait": EVIL},
    }
    page = render(replace(found, name=EVIL, info=info, quality=quality, run=run))
    assert not acting(page)
    assert "{{ 7 * 7 }}" in page
    assert "&lt;script&gt;" in page
    named = render(replace(found, name=EVIL, info=replace(info, start_utc=None)))
    assert not acting(named)


def test_a_comparison() -> None:
    base = STATES["withdrawn"]()
    runs = tuple(replace(r, name=EVIL, left_out=r.left_out and EVIL) for r in base.runs)
    page = render_view(replace(base, athlete=EVIL, runs=runs, notes=(EVIL,), method=EVIL))
    assert not acting(page)


def test_a_trend() -> None:
    days = [(dt.date(2026, 1, 5 + 7 * k), 5.0 + k, False) for k in range(3)]
    line = [(day, value) for day, value, _ in days]
    canvas = trend_canvas(TrendPicture(EVIL, EVIL, days, [line], None, 5.0, 1.0, EVIL, (), 1.0))
    assert canvas is not None
    assert not acting(canvas.svg("t"))
