"""The live page in a browser: set-up, run, cue, a sensor that leaves and returns, stop, report.

Left out of the quick suite (``make test-browser``): it takes real time, and Chromium. Screenshots
go to ``browser-out``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from hipgait.io.capture_read import read_capture
from hipgait.live.cue import cues_of
from tests.live.test_server import handshake

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "browser-out"
PHONE = {"width": 375, "height": 740}
LAPTOP = {"width": 1280, "height": 800}
CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("HIPGAIT_REQUIRE_BROWSER"):
            pytest.fail("no Chromium here: apt-get install chromium")
        pytest.skip("no Chromium here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        opened = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


class Session:
    """The process that serves, and its address."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.log = out / "session.log"
        self._file = self.log.open("w")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "error::ResourceWarning",
                "-m",
                "tests.browser.session",
                str(out),
            ],
            cwd=ROOT,
            stdout=self._file,
            stderr=subprocess.STDOUT,
        )

    def said(self, start: str, seconds: float = 60.0) -> str:
        """The first line that begins so; waits for it."""
        import time

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.log.read_text().splitlines():
                if line.startswith(start):
                    return line
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        pytest.fail(f"no line {start!r} in:\n{self.log.read_text()[-2000:]}")

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._file.close()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    one = Session(tmp_path_factory.mktemp("live"))
    yield one
    one.close()


SPOKEN = """
window.spoken = [];
const voice = {speak: (u) => window.spoken.push(u.text)};
Object.defineProperty(window, "speechSynthesis", {value: voice});
"""
"""Headless Chromium has no voice: what would be said is kept."""


def choose(page: Any, row: int, place: str) -> None:
    page.locator("[data-do=place]").nth(row).click()
    page.get_by_role("option", name=place, exact=True).click()


def shot(page: Any, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def test_from_set_up_to_report(browser: Any, session: Session) -> None:
    page = browser.new_page(viewport=PHONE)
    page.add_init_script(SPOKEN)
    wrong: list[str] = []
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("dialog", lambda d: wrong.append(f"dialog {d.message}"))
    outside: list[str] = []
    page.on(
        "request",
        lambda r: (
            None
            if r.url.startswith(("http://localhost", "data:", "ws://localhost"))
            else outside.append(r.url)
        ),
    )
    address = session.said("http://")
    page.goto(address)

    # set-up: three sensors, one with a hostile name
    page.click("[data-do=scan]")
    page.wait_for_selector("[data-do=place]", timeout=30_000)
    page.wait_for_function("document.querySelectorAll('[data-do=place]').length === 3")
    page.wait_for_function("!document.body.innerText.includes('Looking …')", timeout=30_000)
    assert "<img src=x onerror=alert(1)>" in page.inner_text("main")
    shot(page, "set-up")
    names = page.locator(".hg-row").all_inner_texts()
    chosen = False
    for row, text in enumerate(names):
        place = (
            "left shank"
            if "left_shank" in text
            else "right shank"
            if "right_shank" in text
            else "sacrum"
        )
        choose(page, row, place)
        page.wait_for_timeout(700)
        if not chosen:  # what was chosen outlives the page that the next placement builds anew
            page.locator("[data-do=kind]").click()
            page.get_by_role("option", name="a spoken word").click()
            page.locator("[data-do=week]").click()
            page.get_by_role("option", name="fading, week 2 of 8").click()
            chosen = True
    page.wait_for_selector("[data-do=begin]")
    page.click("[data-do=begin]")
    session.said("begin pelvic_drop_excursion 1.0 word 2")

    # a second viewer watches, and his buttons are not there
    other = browser.new_page(viewport=LAPTOP)
    page.wait_for_selector("[data-phase]", timeout=30_000)
    other.goto(address)
    other.wait_for_selector("[data-do=control]", timeout=30_000)
    assert other.locator("[data-do=stop]").count() == 0

    # numbers, then the fresh level, then a cue of the tiring runner
    page.wait_for_selector("[data-phase=learning]", timeout=90_000)
    page.wait_for_function(
        "(document.querySelector('[data-side=left]') || {innerText: ''}).innerText.match(/\\d/)",
        timeout=60_000,
    )
    shot(page, "learning")
    page.wait_for_selector("[data-phase=running]", timeout=60_000)
    page.wait_for_selector(".hg-say.inv", timeout=60_000)
    assert "of the last 10" in page.inner_text(".hg-say")
    assert "Hips level" in page.evaluate("window.spoken.join()")
    shot(page, "cue")
    page.click("[data-do=sound]")
    page.click("[data-do=dark]")
    shot(page, "cue-dark")
    page.click("[data-do=lap]")
    session.said("lap")
    page.click("[data-do=pain]")
    shot(page, "pain")
    page.click('[data-level="3"]')
    session.said("pain 3")

    # the second viewer takes control; the first one's buttons go, and he takes it back
    assert "week 2 of 8: on 80 % of the time" in other.inner_text(".hg-side")
    other.click("[data-do=control]")
    other.wait_for_selector("[data-do=stop]")
    page.wait_for_selector("[data-do=control]")
    assert page.locator("[data-do=lap]").count() == 0
    page.click("[data-do=control]")
    page.wait_for_selector("[data-do=stop]")
    other.wait_for_selector("[data-do=control]")

    # the right shank leaves: drop goes on; it returns
    page.wait_for_function(
        "document.querySelector('.hg-say').innerText.includes('out of reach')", timeout=60_000
    )
    assert "Drop goes on from the sacrum" in page.inner_text(".hg-say")
    shot(page, "lost")
    shot(other, "laptop")
    page.wait_for_function(
        "!document.querySelector('.hg-health').innerText.includes('LOST')", timeout=60_000
    )

    # the page goes away and comes back; the run does not mind
    page.close()
    page = browser.new_page(viewport=PHONE)
    page.goto(address)
    page.wait_for_selector("[data-phase]", timeout=30_000)
    page.wait_for_timeout(1500)
    if page.locator("[data-do=control]").count():
        page.click("[data-do=control]")
    page.wait_for_selector("[data-do=stop]")

    # a tap does not stop it, holding does
    box = page.locator("[data-do=stop]").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.wait_for_timeout(200)
    page.mouse.up()
    page.wait_for_timeout(500)
    assert page.locator("[data-do=stop]").count() == 1
    page.mouse.down()
    page.wait_for_timeout(1600)
    page.mouse.up()
    page.wait_for_selector("[data-do=report]", timeout=120_000)
    shot(page, "end")
    report = page.goto(address + "report")
    assert report is not None
    assert report.status == 200
    assert "hipgait" in page.content()
    assert wrong == []
    assert outside == []

    folder = session.out / "run-report"
    found = json.loads((folder / "run.json").read_text())
    assert found["summary"]["pelvic_drop_excursion"]["left"]["n"] > 40
    cues = cues_of(read_capture(session.out / "run.mcap"))
    assert cues
    assert {c.cue.outcome for c in cues} == {"pelvic_drop_excursion"}


def test_strangers_get_nothing(session: Session) -> None:
    """The running server, asked by a foreign page and under a foreign name."""
    address = session.said("http://")
    port = int(address.rsplit(":", 1)[1].strip("/"))
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(address, headers=headers), timeout=10)
        assert refused.value.code == 403
        refused.value.close()
    assert handshake(port, f"http://localhost:{port}") == 101
    assert handshake(port, "http://evil.example") == 403
