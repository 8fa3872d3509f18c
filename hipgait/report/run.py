"""The run report: one HTML file, no network, for a phone, a screen and A4 paper."""

from __future__ import annotations

from typing import Any

from hipgait.names import OUTCOMES, PRIMARY_OUTCOME, SIDES
from hipgait.report import captions, facts
from hipgait.report.definitions import DEFINITIONS, ERROR_NOTE, measured_error
from hipgait.report.figures import save_figures
from hipgait.report.main_words import main_caption, sure_words
from hipgait.report.numbers import fixed, level
from hipgait.report.over_run import over_run
from hipgait.report.page import environment, safe, svg
from hipgait.report.phrases import PHRASES, final_words
from hipgait.report.pieces import part_words, why_untested
from hipgait.report.quality_words import quality_words
from hipgait.report.repeats import repeat_section
from hipgait.report.repeats_picture import repeats_picture
from hipgait.report.runner import runner
from hipgait.report.sides import side_over_run, side_stance
from hipgait.report.style import NARROW_PX, WIDE_PX
from hipgait.report.table import key_outcomes, rounding_note, rows, unit_words
from hipgait.report.timeline import timeline
from hipgait.report.view import BY_NAME, MODEL, View, lead_outcome
from hipgait.report.words import answer
from hipgait.stats.findings import RunFindings

__all__ = ["render", "save_figures"]


def render(findings: RunFindings) -> str:
    """The report as one HTML text.

    Parameters
    ----------
    findings : what ``analyze`` found; nothing is computed again but block means and mean curves.
    """
    view = View(findings)
    return environment().get_template("run.html.j2").render(context(view))


def context(view: View) -> dict[str, Any]:
    """Everything that a template of a run needs: words, drawings, rows."""
    findings = view.findings
    start = findings.info.start_utc
    words = quality_words(view)
    return {
        "title": f"Run report, {facts.day(start)}" if start else f"Run report, {findings.name}",
        "facts": facts.header_facts(view),
        "simulated": facts.simulated(view),
        "word": view.word,
        "answer": answer(view),
        "alerts": _alerts(view),
        "strip": [
            {"icon": safe(k.icon), "title": k.title, "text": k.text} for k in key_outcomes(view)
        ],
        "main": _main(view),
        "repeats": repeat_section(view),
        "table": _table(view),
        "sides": _sides(view),
        "quality": {
            "wide": svg(timeline(view, WIDE_PX), "used"),
            "phone": svg(timeline(view, NARROW_PX), "usedp"),
            "good": words.good,
            "care": words.care,
            "missing": words.missing,
            "sensors": facts.sensor_rows(view),
            "note": ERROR_NOTE,
            "caption": captions.USED,
            "sensor_note": captions.SENSORS,
        },
        "definitions": _definitions(view),
        "definitions_note": captions.DEFINITIONS,
        "foot": captions.RUN_FOOT,
        "settings": facts.settings_digest(view),
        "versions": facts.versions_words(view),
        "schema": findings.run.get("schema_version", ""),
        "reference": findings.run.get("reference_placement", "").replace("_", " "),
        "inputs": findings.run.get("inputs") or [],
    }


def _alerts(view: View) -> list[dict[str, str]]:
    out = []
    if view.quality.get("sides_swapped"):
        out.append(
            {
                "title": "Left and right look exchanged.",
                "text": "The body moves the other way round than the labels say. This page keeps "
                "the sides as the files are named. If you exchanged the two sensors, exchange the "
                "file names and analyse again. Accelerometers that read −9.81 m/s² upwards look "
                "the same: turn their signs.",
            }
        )
    return out


def _main(view: View) -> dict[str, Any] | None:
    lead = lead_outcome(view)
    if lead is None:
        return None
    name, key = lead
    if view.doubted(name, key):
        return None
    if view.session:
        return _repeats_main(view, name, key)
    phrase, outcome = PHRASES[name], BY_NAME[name]
    who = {"pooled": ", both sides together" if outcome.by_side else ""}.get(key, f", {key}")
    compares = view.has_change(name, key) and not view.slip
    return {
        "heading": f"{phrase.title} over the {view.word}{who}",
        "caption": main_caption(view, name, key),
        "wide": svg(over_run(view, name, key, WIDE_PX), "main"),
        "phone": svg(over_run(view, name, key, NARROW_PX), "mainp"),
        "grey": _grey(view, name, key),
        "term": phrase.title,
        "meaning": phrase.meaning,
        "runner": svg(runner(view), "runner") if name == PRIMARY_OUTCOME else None,
        "runner_caption": "You, seen from behind, at true scale: dotted, at landing; "
        + ("thin, fresh; thick, at the end." if compares else "thick, at the lowest point."),
        "sure": sure_words(view, name, key),
    }


def _repeats_main(view: View, name: str, key: str) -> dict[str, Any] | None:
    """The picture of a session: one circle a repeat; None where they cannot be compared."""
    wide = repeats_picture(view, name, key, WIDE_PX)
    if wide is None:
        return None
    phrase, outcome = PHRASES[name], BY_NAME[name]
    who = ", both sides together" if key == "pooled" and outcome.by_side else ""
    matters = level(outcome.matters, outcome.unit)
    return {
        "heading": f"{phrase.title}, repeat by repeat{who}",
        "caption": "One circle is the mean of one repeat. Filled: the first and the last, whose "
        "difference is told. Thin line: fitted to all. Grey: within "
        f"±{matters} of the first, too small a change to matter.",
        "wide": svg(wide, "main"),
        "phone": svg(repeats_picture(view, name, key, NARROW_PX), "mainp"),
        "grey": "",
        "term": phrase.title,
        "meaning": phrase.meaning,
        "runner": None,
        "runner_caption": "",
        "sure": "The interval rests on how far the repeats scatter around a line through all of "
        "them. Strides of one repeat are alike, so a repeat counts once.",
    }


def _grey(view: View, name: str, key: str) -> str:
    """What band and hatch mean, for the small picture that has no room for it."""
    if view.entry(name, key).get("early") is None:
        return ""
    matters = level(BY_NAME[name].matters, BY_NAME[name].unit)
    text = f"Grey: within ±{matters} of your fresh level, too small a change to matter."
    end = "after the slip" if view.slip else ""
    hatched = [
        (end or final_words(r)) if r["reason"] == "final stretch" else str(r["reason"])
        for r in view.quality.get("left_out", [])
    ]
    return f"{text} Hatched: left out ({', '.join(hatched)})." if hatched else text


def _table(view: View) -> dict[str, Any]:
    found = rows(view)
    lines = [{**row.__dict__, "dots": safe(row.dots)} for row in found if row.mean or row.change]
    tested = any(line["interval"] != "–" for line in lines)
    entries = [view.entry(row.name, row.key) for row in found]
    untested = [e for e in entries if e.get("verdict") == "not_tested" and "estimate" in e]
    table = {
        "rows": lines,
        "compares": view.compares,
        "tested": tested,
        "partly": bool(untested),
        "untested": next((why for why in map(why_untested, untested) if why), ""),
        "lean": any(row.name == "shank_lean_mean" for row in found),
        "slipped": bool(view.slip),
        "fresh": part_words(view, "early"),
        "end": part_words(view, "late"),
        "notes": " ".join(t for t in (rounding_note(found), unit_words(found)) if t),
    }
    return {**table, "caption": captions.run_table(table, view.word)}


def _pair(view: View, make: Any, key: str) -> dict[str, Any]:
    return {side: svg(make(side), f"{key}{side[0]}") for side in SIDES}


def _sides(view: View) -> dict[str, Any]:
    """Blocks of two panels each; a block without any panel is left out."""
    lead = lead_outcome(view)
    if view.doubt:
        return {"blocks": []}
    blocks: list[dict[str, Any]] = []
    name = lead[0] if lead else ""
    if lead and BY_NAME[name].by_side:
        pair = _pair(
            view,
            lambda s: side_over_run(view, name, s) if len(view.blocks(name, s).value) else None,
            "over",
        )
        blocks.append(
            {"kind": "over", "heading": f"{PHRASES[name].title} over the {view.word}", **pair}
        )
    for curve, outcome, heading in (
        ("pelvic_drop", "pelvic_drop_excursion", "Pelvic drop within a stance, from landing"),
        (
            "shank_lean",
            "shank_lean_mean",
            "Shank lean within a stance (up = knee inside the ankle)",
        ),
    ):
        pair = _pair(view, lambda s, c=curve, o=outcome: side_stance(view, c, o, s), curve)
        if view.no_zero and curve != "pelvic_drop":
            heading += ", from landing when fresh"
        blocks.append({"kind": curve, "heading": heading, **pair})
    shown = [b for b in blocks if b["left"] is not None or b["right"] is not None]
    about = {
        "fresh": part_words(view, "early"),
        "end": part_words(view, "late"),
        "compares": view.compares and not view.slip,
        "no_zero": view.no_zero,
        "angle": not lead or BY_NAME[name].unit == "deg",
    }
    beside = captions.beside_sides([b["kind"] for b in shown], about, view.word)
    for block, told in zip(shown, beside, strict=True):
        block["beside"] = told
    return {"blocks": shown, "caption": captions.SIDES}


def _definitions(view: View) -> list[dict[str, str]]:
    """One row an outcome that this run has."""
    have = {
        o.name
        for o in OUTCOMES
        if any(len(view.blocks(o.name, k).value) for k in ("pooled", *SIDES))
    }
    stated = view.quality.get("angle_sd_deg") or {}
    out = []
    for d in DEFINITIONS:
        if d.name not in have and not view.has_change(d.name):
            continue
        out.append(
            {
                "title": d.title,
                "how": d.how,
                "source": d.source,
                "doi": d.doi,
                "error": measured_error(d.name, view.quality.get("streams") or {}),
                "stated": _stated(stated, d.name) if d.name != MODEL else _model(view),
            }
        )
    return out


def _model(view: View) -> str:
    """Stated 95 % error of the modelled hip adduction, from the standard deviation it carries."""
    sd = view.model_sd()
    return "–" if sd is None else f"±{fixed(1.96 * sd, 1)}°"


def _stated(stated: dict[str, Any], name: str) -> str:
    """Stated 95 % error of the level in this run, "±0.6°" or both sides."""
    key = f"{name}.pooled" if f"{name}.pooled" in stated else name
    if key in stated:
        return f"±{fixed(1.96 * float(stated[key]), 1)}°"
    found = {s: stated.get(f"{name}.{s}") for s in SIDES}
    told = [f"{s} ±{fixed(1.96 * float(v), 1)}°" for s, v in found.items() if v is not None]
    return ", ".join(told) or "–"
