"""Figures: what they draw is what is quoted; saving them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hipgait.errors import InputError
from hipgait.report.aggregates import LEFT_OUT
from hipgait.report.canvas import Canvas
from hipgait.report.figures import figures, save_figures
from hipgait.report.over_run import over_run
from hipgait.report.style import NARROW_PX, WIDE_PX
from hipgait.report.view import View
from tests.report.fabricate import STORIES, Story, fabricate, nothing_found

DROP = "pelvic_drop_excursion"


def test_the_quoted_change_is_the_one_that_is_drawn():
    view = View(fabricate())
    entry = view.entry(DROP)
    course = view.course(DROP)
    assert course is not None
    assert course[1][0] == pytest.approx(entry["early"])
    assert course[1][-1] == pytest.approx(entry["late"])
    assert course[1][-1] - course[1][0] == pytest.approx(entry["estimate"])
    at_end = view.blocks(DROP).value[view.blocks(DROP).of("late")].mean()
    assert at_end == pytest.approx(np.interp(3000.0, *course), abs=0.4)


def test_the_curves_show_the_quoted_excursion():
    view = View(fabricate())
    for side in ("left", "right"):
        early, late = (view.curve("pelvic_drop", side, part) for part in ("early", "late"))
        assert early is not None
        assert late is not None
        assert early.mean[0] == late.mean[0] == 0.0
        change = late.mean.max() - early.mean.max()
        assert change == pytest.approx(view.entry(DROP, side)["early_late"], abs=0.1)
        assert (early.low <= early.mean + 1e-9).all()
        assert (early.high >= early.mean - 1e-9).all()


def test_a_block_stands_for_about_180_steps():
    view = View(fabricate())
    blocks = view.blocks(DROP)
    assert blocks.steps == 180
    assert 45 <= len(blocks.value) <= 60
    assert (np.diff(blocks.time_s) > 0).all()


def test_left_out_blocks_stay_but_do_not_count():
    view = View(fabricate(STORIES["slipped"]))
    blocks = view.blocks(DROP)
    assert set(blocks.part) >= {"early", "late", "withdrawn"}
    assert all(p not in LEFT_OUT for p, ok in zip(blocks.part, blocks.analysed, strict=True) if ok)


def test_few_stances_are_not_compared():
    view = View(fabricate(STORIES["very_short"]))
    assert not view.compares
    assert view.mean(DROP) is not None


def test_a_long_run_has_few_marks():
    view = View(fabricate(STORIES["very_long"]))
    assert len(view.blocks(DROP).value) < 100


def test_saving_figures(tmp_path):
    findings = fabricate(Story(minutes=12.0, onset_min=4.0))
    written = save_figures(findings, tmp_path / "figures")
    names = {p.stem for p in written}
    assert {"over_run", "changes", "runner", "data_used", "pelvic_drop_stance_left"} <= names
    for path in written:
        head = path.read_bytes()[:8]
        assert head.startswith(b"\x89PNG" if path.suffix == ".png" else b"<svg")
    assert {p.name for p in (tmp_path / "figures").iterdir()} == {p.name for p in written}


def test_the_same_findings_give_the_same_bytes(tmp_path):
    findings = fabricate(Story(minutes=6.0))
    first = save_figures(findings, tmp_path / "a", ("svg",))
    second = save_figures(findings, tmp_path / "b", ("svg",))
    for a, b in zip(first, second, strict=True):
        assert a.read_bytes() == b.read_bytes()


def test_no_figures_of_nothing(tmp_path):
    assert list(figures(View(nothing_found()))) == []
    assert save_figures(nothing_found(), tmp_path) == []


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(InputError, match="unknown figure format 'gif'"):
        save_figures(nothing_found(), tmp_path, ("gif",))


def test_text_is_escaped_and_math_is_not_read():
    canvas = Canvas(100, 50, 'A <title> & "more".')
    canvas.text(10, 20, "a < b & $c$")
    svg = canvas.svg("k")
    assert "a &lt; b &amp; $c$" in svg
    assert "&lt;title&gt; &amp; &quot;more&quot;." in svg


@pytest.mark.parametrize("width", [WIDE_PX, NARROW_PX])
@pytest.mark.parametrize(("low", "high"), [(0.05, 0.2), (0.3, 0.5), (0.85, 0.99)])
def test_the_onset_and_the_note_of_the_band_do_not_overprint(width, low, high):
    findings = fabricate(Story(minutes=12.0, turns=0, onset_min=4.0))
    start, end = findings.quality["analysed_s"]
    at = {"_low": low, "": (low + high) / 2, "_high": high}
    onset = {f"onset{k}_s": start + v * (end - start) for k, v in at.items()}
    view = View(replace(findings, drift={**findings.drift, DROP: findings.drift[DROP] | onset}))
    canvas = over_run(view, DROP, "pooled", width)
    boxes = {t.get_text(): t.get_window_extent() for t in canvas.axes.texts}
    note = next(box for text, box in boxes.items() if text.startswith("grey:"))
    assert not note.overlaps(boxes["begins"])
