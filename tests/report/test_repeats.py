"""The section of repeats: every verdict, what is missing, the picture and the plain text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hipgait.report.repeats import repeat_section, repeats_answer
from hipgait.report.repeats_picture import repeats_picture
from hipgait.report.run import render
from hipgait.report.style import NARROW_PX, WIDE_PX
from hipgait.report.text import summary_text
from hipgait.report.view import View
from hipgait.settings import Settings
from hipgait.stats.early_late import describe_change, summarise
from hipgait.stats.findings import RunFindings
from hipgait.stats.repeats import find_repeats
from hipgait.stats.sessions import told, with_reason
from tests.report.fabricate import Story, fabricate
from tests.stats.invented_sessions import session_table, stops_of, strides


def session(rise: float = 3.0, count: int = 6, pelvis: bool = True) -> RunFindings:
    """Findings of a session; the rest of the run is invented."""
    table = session_table(strides(count), rise)
    if not pelvis:
        table[[c for c in table if c.startswith("pelvi")]] = np.nan
    repeats = find_repeats(table, stops_of(table), np.zeros(0))
    assert repeats is not None
    settings = Settings().findings
    drift = with_reason(describe_change(table, True, None, settings), repeats)
    document = told(table, repeats, True, settings, drift, None)
    base = fabricate(Story(minutes=5.0, turns=0, onset_min=1.0))
    gone = dict.fromkeys(("whole_s", "analysed_s", "early_s", "late_s"))
    return replace(
        base,
        strides=table,
        cycles={},
        summary_table=summarise(table, True, None),
        drift=drift,
        quality={**base.quality, **gone, "left_out": [], "stops": stops_of(table).tolist()},
        run={**base.run, "repeats": document},
    )


def changed(findings: RunFindings, **entry: object) -> View:
    """The same with another change of the primary outcome."""
    document = findings.run["repeats"]
    whole = {**document["change"]["pelvic_drop_excursion"], **entry}
    change = {**document["change"], "pelvic_drop_excursion": whole}
    return View(replace(findings, run={**findings.run, "repeats": {**document, "change": change}}))


def test_the_page_of_a_session() -> None:
    findings = session()
    page = render(findings)
    assert "more in the last of 6 repeats than in the first" in page
    assert "6 repeats, one by one" in page
    assert "Pelvic drop, repeat by repeat, both sides together" in page
    assert "Drift over the whole run is not tested" in page
    assert "too short" not in page
    text = summary_text(findings)
    lines = text.split("6 repeats, one by one:\n")[1].splitlines()
    assert [line.split()[0] for line in lines[1:7]] == list("123456")
    assert lines[7].startswith("last − first")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (("drifted", 1.5, 1.1, 1.9), "more than the 1.0° that matters"),
        (("no_relevant_drift", 0.1, -0.4, 0.6), "stayed the same over 6 repeats"),
        (("no_relevant_drift", 0.4, 0.1, 0.7), "real, but too small to matter"),
        (("inconclusive", 0.9, 0.2, 1.6), "these repeats cannot tell"),
        (("inconclusive", 0.9, -0.4, 2.2), "0.9° more in the last than in the first"),
        (("inconclusive", 0.9, -0.4, 2.2), "anything from 0.4° less to 2.2° more fits"),
        (("inconclusive", 0.0, -1.4, 1.4), "as much in the last as in the first"),
    ],
)
def test_each_verdict_has_its_sentence(entry: tuple[str, float, float, float], words: str) -> None:
    names = ("verdict", "estimate", "ci_low", "ci_high")
    view = changed(session(), **dict(zip(names, entry, strict=True)))
    assert words in " ".join(repeats_answer(view))


def test_without_a_sensor_on_the_sacrum_another_outcome_leads() -> None:
    findings = session(pelvis=False)
    section = repeat_section(View(findings))
    assert section is not None
    assert [c["head"] for c in section["columns"]] == ["lean", "lean", "contact"]
    assert "repeats" in summary_text(findings)


def test_what_cannot_be_compared_is_said() -> None:
    view = changed(session(), estimate=None)
    assert "Too few steps" in repeats_answer(view)[1]
    assert repeats_picture(view, "pelvic_drop_excursion", "pooled", WIDE_PX) is None
    assert "Too few steps" in render(view.findings)


def test_the_picture_tells_what_it_shows() -> None:
    view = View(session())
    for width in (WIDE_PX, NARROW_PX):
        canvas = repeats_picture(view, "pelvic_drop_excursion", "pooled", width)
        assert canvas is not None
        assert "in the first" in canvas.title
        assert "drifted" in canvas.title


def test_a_run_without_repeats_has_no_section() -> None:
    findings = fabricate(Story(minutes=5.0, turns=0, onset_min=1.0))
    assert repeat_section(View(findings)) is None
    assert "repeats" not in summary_text(findings)
