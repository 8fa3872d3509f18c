"""The flow is one way: a module imports its own package and lower layers, nothing else."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import hipgait

PACKAGE = Path(hipgait.__file__).parent

LAYERS: tuple[tuple[str, ...], ...] = (
    (
        "names",
        "errors",
        "settings",
        "settings_kinematics",
        "settings_sensors",
        "resources",
        "memory",
        "threads",
        "plugins",
    ),
    ("recording",),
    ("io", "simulate"),
    ("ble",),
    ("kinematics",),
    ("strides",),
    ("sync",),
    ("metrics",),
    ("stats",),
    ("strength",),
    ("report", "outputs"),
    ("unnamed", "results"),
    ("api",),
    ("agreement",),
    ("library", "batch"),
    ("live",),
    ("cli",),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
BASE = LAYERS[0]
ENTRY_POINTS = {"__init__", "__main__"}
MAY_SIMULATE = {"simulate", "ble", "live", "cli"}
"""Nothing that analyses may know the simulator: it must not share its assumptions."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(module: str) -> str:
    """``hipgait.io.csv`` -> ``io``; ``hipgait`` itself -> ``__init__``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def dotted(path: Path) -> str:
    parts = list(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source: str, name: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """(line, module) of every import of hipgait, inside functions too, relative ones resolved."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "hipgait":
                    yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                anchor = name.split(".")
                anchor = anchor[: len(anchor) - node.level + (1 if is_package else 0)]
                base = ".".join([*anchor, base] if base else anchor)
            if base.split(".")[0] != "hipgait":
                continue
            if base == "hipgait":
                for alias in node.names:
                    known = alias.name in RANK
                    yield node.lineno, f"hipgait.{alias.name}" if known else "hipgait"
            else:
                yield node.lineno, base


def complaints(source: str, name: str, is_package: bool = False) -> list[str]:
    own = part_of(name)
    found = []
    for line, module in imports(source, name, is_package):
        other = part_of(module)
        if other in (own, "__init__"):
            continue
        allowed = RANK[other] < RANK[own] or (own in BASE and other in BASE)
        if other == "simulate" and own not in MAY_SIMULATE:
            allowed = False
        if not allowed:
            found.append(f"{name}, line {line}: {own} may not import {module}")
    return found


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_no_back_arrow(path: Path) -> None:
    name = dotted(path)
    if part_of(name) in ENTRY_POINTS:
        return
    assert part_of(name) in RANK, f"{name} has no layer: add it to LAYERS"
    assert not complaints(path.read_text("utf-8"), name, path.name == "__init__.py")


@pytest.mark.parametrize(
    ("name", "source", "bad"),
    [
        ("hipgait.io.csv", "from hipgait.recording import Recording", False),
        ("hipgait.io.csv", "from hipgait.kinematics.angles import x", True),
        ("hipgait.io.csv", "from hipgait import api", True),
        ("hipgait.io.csv", "def f():\n    import hipgait.stats.drift", True),
        ("hipgait.io.csv", "from .files import x", False),
        ("hipgait.io.csv", "from ..report import run", True),
        ("hipgait.io.csv", "from hipgait.simulate import runner", True),
        ("hipgait.kinematics.angles", "from hipgait.simulate import runner", True),
        ("hipgait.cli.demo", "from hipgait.simulate import runner", False),
        ("hipgait.settings", "from hipgait.errors import SettingsError", False),
        ("hipgait.errors", "from hipgait.recording import Recording", True),
    ],
)
def test_the_check_sees_back_arrows(name: str, source: str, bad: bool) -> None:
    assert bool(complaints(source, name)) is bad


def loaded_by(code: str, depth: int = 1) -> set[str]:
    """Packages, so many names deep, that a fresh interpreter holds after ``code``."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {".".join(name.split(".")[:depth]) for name in done.stdout.splitlines()[-1].split()}


HEAVY = {"numpy", "scipy", "pandas", "pyarrow", "matplotlib", "vqf", "bleak", "mcap", "jinja2"}


def test_import_is_light() -> None:
    assert not loaded_by("import hipgait; dir(hipgait)") & HEAVY


def test_help_is_light() -> None:
    """Held by what is loaded, not by a clock: help needs click and nothing else."""
    loaded = loaded_by("from hipgait.cli.main import run\nassert run(['--help']) == 0")
    assert not loaded & (HEAVY | {"rich", "msgspec"})


@pytest.mark.parametrize(
    "command",
    ["demo", "sensors", "record", "recover", "import", "analyze", "compare", "control-test"]
    + ["agree", "export", "journal", "library", "batch", "doctor", "completion"],
)
def test_help_of_a_command_is_light(command: str) -> None:
    loaded = loaded_by(f"from hipgait.cli.main import run\nassert run([{command!r}, '-h']) == 0")
    assert not loaded & (HEAVY | {"rich", "msgspec"})


def test_a_list_of_runs_is_light(tmp_path: Path) -> None:
    """Only a library of an older version needs what makes its index again."""
    library = tmp_path / "library"
    code = (
        "from hipgait.library.opening import open_library\n"
        f"open_library({str(library)!r}, create=True).db.close()\n"
        "from hipgait.cli.main import run\n"
        f"assert run(['library', 'list', '--library', {str(library)!r}]) == 0"
    )
    assert not loaded_by(code) & HEAVY


@pytest.mark.ci
@pytest.mark.long
def test_an_analysis_with_its_report_loads_no_more_than_it_needs() -> None:
    """Each of these takes longer to load than the analysis of some minutes (docs/speed.md)."""
    run = Path(__file__).resolve().parents[1] / "data" / "walk-and-run"
    code = "import hipgait as hg\nfrom hipgait.report.run import render\n"
    loaded = loaded_by(f"{code}render(hg.analyze({str(run)!r}))", 2)
    assert {"scipy.special", "pandas"} <= loaded
    assert not loaded & {"scipy.signal", "scipy.stats", "scipy.interpolate", "statsmodels"}
    assert not {name for name in loaded if name.startswith(("bleak", "nicegui", "duckdb"))}
