"""The same reports on A4 paper, set with typst (the ``pdf`` extra; nothing is fetched).

Findings go to the templates as JSON and are printed as text there: no name or note is ever read as
markup. The drawings are those of the HTML pages.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from hipgait.errors import MissingExtraError
from hipgait.report.canvas import installed_fonts
from hipgait.report.page import TEMPLATES

if TYPE_CHECKING:
    from hipgait.report.comparison_view import JournalRows
    from hipgait.stats.compare import Comparison
    from hipgait.stats.findings import RunFindings

FALLBACK: Final = "DejaVu Sans"
"""comes with matplotlib, so that every machine has it"""
FALLBACK_SIZE: Final = 0.88
"""the drawings leave room for the widths of Arial; DejaVu Sans is wider by so much"""
ROOM_PX: Final = 8.0
"""labels may reach over a drawing's edge on a page; on paper they would be cut"""
_BOX: Final = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_TITLE: Final = re.compile(r"<title>(.*?)</title>", re.S)
_SIZE: Final = re.compile(r"font-size: ([\d.]+)px")


def run_pdf(findings: RunFindings) -> bytes:
    """The run report as PDF. Raises MissingExtraError without typst."""
    from hipgait.report.run import context
    from hipgait.report.view import View

    return _made("run.typ", context(View(findings)))


def comparison_pdf(comparison: Comparison, journal: JournalRows | None = None) -> bytes:
    """The comparison page as PDF. Raises MissingExtraError without typst."""
    from hipgait.report.comparison import context
    from hipgait.report.comparison_source import view_of

    return _made("comparison.typ", context(view_of(comparison, journal)))


def need_typst() -> Any:
    """The typst package, or one line that says how to install it."""
    try:
        import typst
    except ImportError:
        raise MissingExtraError("typst", "pdf") from None
    return typst


def _made(template: str, context: dict[str, Any]) -> bytes:
    typst = need_typst()
    from matplotlib import get_data_path

    fonts = [*installed_fonts(), FALLBACK]
    data = json.dumps({**_plain(context, fonts), "fonts": fonts}, ensure_ascii=False)
    source = "".join((TEMPLATES / name).read_text("utf-8") for name in ("page.typ", template))
    made: bytes = typst.compile(
        source.encode(),
        format="pdf",
        font_paths=[f"{get_data_path()}/fonts/ttf"],
        sys_inputs={"data": data},
    )
    return made


def _plain(value: Any, fonts: list[str]) -> Any:
    """Plain JSON; a drawing becomes {svg, alt}."""
    if isinstance(value, Markup):
        return _drawing(str(value), fonts)
    if isinstance(value, dict):
        return {str(k): _plain(v, fonts) for k, v in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict(), fonts)
    if hasattr(value, "__dataclass_fields__"):
        return _plain(vars(value), fonts)
    if isinstance(value, list | tuple):
        return [_plain(v, fonts) for v in value]
    return value


def _drawing(svg: str, fonts: list[str]) -> dict[str, str] | None:
    """The drawing with fonts of its own (on a page it takes those of the page)."""
    if not svg:
        return None
    title = _TITLE.search(svg)
    alt = Markup(title.group(1)).unescape() if title else ""
    family = ", ".join(f"'{name}'" for name in fonts)
    if alt:
        svg = _BOX.sub(_roomier, svg, count=1)
    if fonts == [FALLBACK]:
        svg = _SIZE.sub(lambda m: f"font-size: {float(m[1]) * FALLBACK_SIZE:g}px", svg)
    return {"svg": svg.replace("<svg ", f'<svg font-family="{family}" ', 1), "alt": alt}


def _roomier(box: re.Match[str]) -> str:
    return f'viewBox="{-ROOM_PX:g} 0 {float(box[1]) + 2 * ROOM_PX:g} {box[2]}"'
