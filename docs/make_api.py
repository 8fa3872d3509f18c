"""The API reference, from signatures and docstrings: Markdown pages, path -> text.

The site's build asks ``pages()``; nothing is written into docs/.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import hipgait

PACKAGE = Path(hipgait.__file__).parent
SECTIONS = ("Parameters", "Returns", "Raises", "Yields", "References", "Notes")

AREAS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "analysis": (
        "Read, analyse, compare",
        "`import hipgait as hg`: `hg.read`, `hg.analyze`, `hg.load`, `hg.compare`, `hg.agree`.",
        (
            "hipgait.api",
            "hipgait.results",
            "hipgait.agreement",
            "hipgait.stats.compare",
            "hipgait.stats.plan",
        ),
    ),
    "recording": (
        "Recordings",
        "What every reader returns and every analysis takes.",
        ("hipgait.recording", "hipgait.io.session", "hipgait.kinematics.segments"),
    ),
    "settings": (
        "Settings",
        "Every constant, with its unit and its source. `Settings.from_toml` reads changed ones.",
        ("hipgait.settings", "hipgait.settings_kinematics", "hipgait.settings_sensors"),
    ),
    "errors": ("Errors", "Each says what, where and what to do.", ("hipgait.errors",)),
    "many": (
        "Library and batch",
        "Many runs, over months or by the thousand.",
        ("hipgait.library", "hipgait.batch", "hipgait.batch.summary"),
    ),
    "live": (
        "Live",
        "Stances while the run goes on.",
        (
            "hipgait.live.session",
            "hipgait.live.source",
            "hipgait.live.replay",
            "hipgait.live.recording_source",
            "hipgait.live.simulated",
            "hipgait.live.cue",
            "hipgait.live.state",
        ),
    ),
    "outputs": (
        "Exports",
        "For other programs.",
        tuple(f"hipgait.outputs.{m}" for m in ("bids", "dictionary", "fit_activity", "opensim")),
    ),
    "simulate": (
        "Simulator",
        "Runners and sensors of known truth.",
        tuple(f"hipgait.simulate.{m}" for m in ("runner", "body", "sensors", "athlete", "cases")),
    ),
    "extending": (
        "Readers, profiles, plug-ins",
        "What a reader, a profile or a metric of your own meets.",
        (
            "hipgait.plugins",
            "hipgait.io.reading",
            "hipgait.io.files",
            "hipgait.ble.profile",
            "hipgait.ble.profiles",
            "hipgait.metrics.others",
            "hipgait.names",
        ),
    ),
}


def pages() -> dict[str, str]:
    """Every page of the reference, path below docs/ -> Markdown."""
    out = {"api/README.md": _index(), "api/modules.md": _modules()}
    for name, (title, intro, modules) in AREAS.items():
        parts = [f"# {title}", intro]
        for module in modules:
            parts.append(_module(importlib.import_module(module)))
        out[f"api/{name}.md"] = "\n\n".join(parts) + "\n"
    return out


def _index() -> str:
    lines = ["# API reference", "", "Made from the code's own docstrings.", ""]
    lines += [f"- [{title}]({name}.md): {intro}" for name, (title, intro, _) in AREAS.items()]
    lines += ["- [Every module](modules.md), one line each", "", "## `import hipgait as hg`", ""]
    lines += ["| name | what it is |", "| --- | --- |"]
    for name in hipgait.__all__:
        what = _first(getattr(hipgait, name)) if name != "__version__" else "the version"
        lines.append(f"| `hg.{name}` | {_safe(what)} |")
    return "\n".join(lines) + "\n"


def _modules() -> str:
    lines = ["# Every module", ""]
    for folder in sorted({p.parent for p in PACKAGE.rglob("*.py")}):
        lines += [f"## {'.'.join(folder.relative_to(PACKAGE.parent).parts)}", ""]
        for path in sorted(folder.glob("*.py")):
            text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
            if text:
                lines.append(f"- `{path.name}`: {_safe(_summary(text))}")
        lines.append("")
    return "\n".join(lines)


def _module(module: ModuleType) -> str:
    parts = [f"## {module.__name__}", _prose(inspect.getdoc(module) or "")]
    for name, value in _public(module):
        if inspect.isclass(value):
            parts.append(_class(name, value))
        elif inspect.isfunction(value):
            parts.append(_function(name, value, "###"))
    return "\n\n".join(part for part in parts if part)


def _public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in vars(module).items():
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__:
            yield name, value


def _function(name: str, function: Any, level: str) -> str:
    return f"{level} {name}\n\n```python\n{_signature(name, function)}\n```\n\n" + _prose(
        inspect.getdoc(function) or ""
    )


def _signature(name: str, function: Any) -> str:
    found = inspect.signature(function)
    mine = [p for p in found.parameters.values() if p.name != "self"]
    text = _unquoted(f"{name}{found.replace(parameters=mine)}")
    if len(text) <= 88:
        return text
    shown = ",\n    ".join(_unquoted(str(p)) for p in mine)
    returns = text.rpartition(") -> ")[2] if ") -> " in text else ""
    return f"{name}(\n    {shown},\n)" + (f" -> {returns}" if returns else "")


def _unquoted(text: str) -> str:
    """A signature whose annotations, kept as text, stand without quotes; defaults keep theirs."""
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", text)


def _class(name: str, cls: type) -> str:
    parts = [f"### {name}"]
    own = cls.__doc__ if cls.__doc__ and not cls.__doc__.startswith(f"{name}(") else ""
    parts.append(_prose(inspect.cleandoc(own or "")))
    fields = _fields(cls)
    if fields:
        parts.append(fields)
    for method, value in vars(cls).items():
        call = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        if method.startswith("_"):
            continue
        if inspect.isfunction(call) and call.__doc__:
            parts.append(_function(f"{name}.{method}", call, "####"))
        elif isinstance(value, property) and value.__doc__:
            parts.append(f"#### {name}.{method}\n\n{_prose(inspect.cleandoc(value.__doc__))}")
    return "\n\n".join(part for part in parts if part)


def _fields(cls: type) -> str:
    """A table of a dataclass' fields whose meaning stands under them, as in the settings."""
    if not dataclasses.is_dataclass(cls):
        return ""
    said = _said_below(cls)
    rows = []
    for field in dataclasses.fields(cls):
        if field.name in said:
            default = "" if field.default is dataclasses.MISSING else f"`{field.default!r}`"
            rows.append(f"| `{field.name}` | {default} | {_safe(said[field.name])} |")
    head = ["| field | default | meaning |", "| --- | --- | --- |"]
    return "\n".join(head + rows) if rows else ""


def _said_below(cls: type) -> dict[str, str]:
    """Field -> the text that stands under it in the source."""
    (tree,) = ast.parse(inspect.cleandoc(inspect.getsource(cls))).body
    out = {}
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for above, below in itertools.pairwise(body):
        if (
            isinstance(above, ast.AnnAssign)
            and isinstance(above.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            out[above.target.id] = " ".join(str(below.value.value).split())
    return out


# --------------------------------------------------------------------------- docstrings


def _prose(doc: str) -> str:
    """A docstring in the project's style as Markdown: sections bold, ``name : text`` as lists."""
    out: list[str] = []
    lines = doc.splitlines()
    literal = False
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.strip() in SECTIONS and at + 1 < len(lines) and set(lines[at + 1]) == {"-"}:
            out += ["", f"**{line.strip()}**", ""]
            at += 2
            continue
        if literal and line and not line.startswith(" "):
            literal = False
        if literal or (line.startswith("    ") and out and not out[-1].strip().startswith("-")):
            out.append(line)
        elif match := re.match(r"^([\w*., ()|]{1,60}?) : (.*)$", line):
            names, text = match.groups()
            if out and out[-1] and not out[-1].startswith(("- ", "    ")):
                out.append("")
            out.append(f"- `{names}`: {_safe(text)}")
        elif line.startswith("    "):
            out.append(f"    {_safe(line.strip())}")
        else:
            if out and out[-1].startswith("- ") and line:
                out.append("")
            out.append(_safe(line))
        if line.endswith("::"):
            out[-1] = out[-1][:-1]
            literal = True
        at += 1
    return "\n".join(out).strip()


def _safe(text: str) -> str:
    """Nothing in it is taken for Markdown or HTML, but code in (double) backticks."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"``\1``", text)
    parts = re.split(r"(``[^`]+``|`[^`]+`)", text)
    for i in range(0, len(parts), 2):
        parts[i] = (
            parts[i].replace("&", "&amp;").replace("<", "&lt;").replace("*", "\\*")
        ).replace("|", "\\|")
        parts[i] = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", parts[i])
        parts[i] = parts[i].replace("[", "\\[")
    return "".join(parts)


def _summary(doc: str) -> str:
    return " ".join(doc.split("\n\n")[0].split())


def _first(value: Any) -> str:
    return _summary(inspect.getdoc(value) or "")
