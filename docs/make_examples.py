"""Run every example and keep its picture: docs/img/examples/NN.png or .svg, as examples.md shows.

python docs/make_examples.py           all of them (some minutes)
python docs/make_examples.py 01 08     these
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "img" / "examples"


def scripts() -> list[Path]:
    """The numbered scripts, in order."""
    return sorted((ROOT / "examples").glob("[0-9][0-9]_*.py"))


def make(path: Path) -> Path:
    """Run one and copy its picture. Returns the copy."""
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        picture = module.main(Path(folder) / "out")
        target = PICTURES / f"{path.stem[:2]}{picture.suffix}"
        shutil.copyfile(picture, target)
    return target


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for script in scripts():
        if not wanted or script.stem[:2] in wanted:
            print(make(script).relative_to(ROOT))
