"""What is shipped is found, from a checkout and from a wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import hipgait
from hipgait import resources
from hipgait.errors import MissingInputError

ROOT = Path(__file__).resolve().parents[1]


def test_what_is_shipped_is_beside_the_package_or_in_it() -> None:
    """In a checkout beside it, installed in it."""
    package = Path(hipgait.__file__).parent
    home = ROOT if package == ROOT / "hipgait" else package
    assert resources.profiles_dir() == home / "firmware_profiles"
    assert resources.data_dir() == home / "data"
    assert (resources.profiles_dir() / "README.md").is_file()
    assert (resources.data_dir() / "README.md").is_file()


def test_unknown_data_names_what_there_is() -> None:
    with pytest.raises(MissingInputError, match=r"no data named 'nothing'.*README\.md"):
        resources.data_path("nothing")
    assert resources.data_path("README.md").is_file()


def test_a_stranger_beside_the_package_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "hipgait"
    package.mkdir(parents=True)
    (package.parent / "data").mkdir()  # of another package
    monkeypatch.setattr(resources, "files", lambda name: package)
    with pytest.raises(MissingInputError, match="pip install"):
        resources.data_dir()
    (package / "data").mkdir()
    assert resources.data_dir() == package / "data"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / "hipgait").is_dir():
        pytest.skip("the tests of an installed wheel: there is no source tree to build")
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("hipgait-*.whl"))


def test_wheel_ships_everything(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for folder in ("firmware_profiles", "data"):
        shipped = {n for n in names if n.startswith(f"hipgait/{folder}/")}
        there = {
            f"hipgait/{p.relative_to(ROOT).as_posix()}"
            for p in (ROOT / folder).rglob("*")
            if p.is_file() and "__pycache__" not in p.parts
        }
        assert shipped == there
        # a module among them would turn the folder into a package
        assert not any(n.endswith(".py") for n in shipped)
    assert {n.split("/")[0] for n in names if "dist-info" not in n} == {"hipgait"}
    assert any(n.endswith("licenses/LICENSE") for n in names)
    assert wheel.stat().st_size < 6e6


def test_wheel_finds_what_it_ships(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "lib")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'lib')!r})\n"
        "from hipgait.resources import data_path, profiles_dir\n"
        "print(data_path('README.md')); print(profiles_dir() / 'README.md')"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    for line in done.stdout.splitlines():
        assert Path(line).is_file()
        assert Path(line).is_relative_to(tmp_path / "lib" / "hipgait")
