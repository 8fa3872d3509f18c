"""What every HTML page of the project is made with: the template environment and safe drawings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hipgait.report.canvas import Canvas

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES: Final = Path(__file__).parent / "templates"


def environment() -> Environment:
    """Templates that escape every text and refuse unknown names."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def svg(canvas: Canvas | None, key: str) -> Any:
    """Inline SVG, marked as safe (every text in it is escaped), or None."""
    return None if canvas is None else safe(canvas.svg(key))


def safe(text: str) -> Any:
    """Markup that was made here and is not to be escaped again."""
    from markupsafe import Markup

    return Markup(text)
