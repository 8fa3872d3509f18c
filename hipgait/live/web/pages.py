"""The pages: set-up, run, end. Which one is shown follows the session; all viewers see the same.

One viewer controls, the others watch: the first who comes, and after that whoever takes control.
That is held here, on the server: a viewer's page that claims more is not believed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any, Final

from nicegui import Client, events, ui
from nicegui.element import Element

from hipgait.live.controls import Controls, SetupControls, Stage
from hipgait.live.cue import CueSettings
from hipgait.live.shown import PLACE_NAMES, place, shown
from hipgait.names import PLACEMENTS
from hipgait.report.phrases import PHRASES

HERE: Final = Path(__file__).parent
CUES: Final = ("pelvic_drop_excursion", "shank_lean_excursion")
MARGINS_DEG: Final = (0.5, 1.0, 1.5, 2.0, 3.0)
"""Offered, deg; 1 is the smallest change that matters (DESIGN), the rest our proposal."""
WEEKS: Final = CueSettings().weeks
CADENCES_PCT: Final = (5.0, 7.5, 10.0)
"""Offered, %: runners were retrained with 10 % more (Bramah et al. 2019); less is our proposal."""
LEVELS: Final = range(11)
BEAT_S: Final = 1.0
"""A page hears from the server this often, and says so where it does not."""


class RunView(Element, component="run_view.js"):
    """The run page of one viewer. Its texts and numbers come from ``draw``."""

    def draw(self, page: dict[str, Any], controls: bool) -> None:
        """Show a page; ``controls``: whether this viewer's buttons act."""
        self.run_method("draw", page, controls)


class Hub:
    """Who looks on, and who controls.

    Parameters
    ----------
    controls : the session.
    """

    def __init__(self, controls: Controls) -> None:
        self.controls = controls
        self._views: dict[str, RunView] = {}
        self._holder = ""
        self._drawn = -1
        self._drawn_s = 0.0

    @property
    def viewers(self) -> int:
        """How many run pages are open."""
        return len(self._views)

    def join(self, client: Client, view: RunView) -> None:
        """A run page opened."""
        self._views[client.id] = view
        if self._holder not in self._views:
            self._holder = client.id
        self.draw(view, client.id)

    def leave(self, client: Client) -> None:
        """A run page closed; another one gets the control only by asking for it."""
        self._views.pop(client.id, None)
        if self._holder == client.id:
            self._holder = next(iter(self._views)) if len(self._views) == 1 else ""
            self.draw_all()

    def take(self, client: Client) -> None:
        """A viewer takes control."""
        self._holder = client.id
        self.draw_all()

    def holds(self, client_id: str) -> bool:
        """Whether this viewer controls."""
        return client_id == self._holder

    def draw(self, view: RunView, client_id: str) -> None:
        """Show the newest state to one viewer."""
        view.draw(shown(self.controls.state), self.holds(client_id))

    def draw_all(self) -> None:
        """Show the newest state to all."""
        state = self.controls.state
        self._drawn, self._drawn_s = state.number, monotonic()
        if not self._views:
            return
        page = shown(state)
        for client_id, view in list(self._views.items()):
            view.draw(page, self.holds(client_id))

    def draw_new(self) -> None:
        """Show the newest state where it is not shown yet; at least once a second, as a sign of
        life.
        """
        if self.controls.state.number != self._drawn or monotonic() - self._drawn_s > BEAT_S:
            self.draw_all()

    def act(self, client: Client, what: Callable[[], None]) -> None:
        """Do what a viewer asks, if he controls."""
        if self.holds(client.id):
            what()
            self.draw_all()


def build(hub: Hub, client: Client) -> None:
    """The page of one viewer; it changes with the stage."""
    ui.add_css((HERE / "page.css").read_text(encoding="utf-8"))
    controls = hub.controls

    @ui.refreshable
    def content() -> None:
        stage = controls.stage
        if stage is Stage.SETUP and controls.setup is not None:
            _setup(hub, controls.setup)
        elif stage in (Stage.SETUP, Stage.RUN):
            _run(hub, client)
        else:
            _end(controls)

    seen = [_page_key(controls)]
    content()

    def follow() -> None:
        now = _page_key(controls)
        if now != seen[0]:
            if seen[0][0] is Stage.RUN and now[0] is not Stage.RUN:
                hub.leave(client)
            seen[0] = now
            content.refresh()

    ui.timer(0.3, follow)


def _page_key(controls: Controls) -> tuple[object, ...]:
    """What a page is built from: it is built again when this changes."""
    stage = controls.stage
    if stage is Stage.SETUP and controls.setup is not None:
        return stage, controls.setup.state
    return stage, controls.ended


def _run(hub: Hub, client: Client) -> None:
    view = RunView()
    view.on("ready", lambda: hub.join(client, view))
    view.on("lap", lambda: hub.act(client, hub.controls.lap))
    view.on("stop", lambda: hub.act(client, hub.controls.stop))
    view.on("control", lambda: hub.take(client))

    def pain(event: events.GenericEventArguments) -> None:
        level = event.args
        if type(level) is int and level in LEVELS:
            hub.act(client, lambda: hub.controls.pain(level))

    view.on("pain", pain)
    client.on_delete(lambda: hub.leave(client))


def _box(tag: str, text: str = "", classes: str = "") -> Element:
    """A plain element with escaped text."""
    element = ui.element(tag).classes(classes)
    if text:
        with element:
            ui.label(text)
    return element


def _end(controls: Controls) -> None:
    ended = controls.ended
    with ui.element("main").classes("hg plain"):
        if controls.stage is Stage.SAVING:
            _box("h1", "Saving your run")
            _box("p", "The recording is safe. The report takes a few seconds.")
            return
        _box("h1", "Done")
        for line in ended.lines:
            _box("p", line)
        if ended.report is not None:
            link = _box("a", "Open the report", "hg-bigbtn").props('href="/report" target="_blank"')
            link.props('data-do="report"')
        if ended.capture is not None:
            _box("p", f"The recording is {ended.capture.name}.")
        _box("p", "Log how your hips felt, and soreness after 48 h: hipgait journal run")
        _box("p", "For the next run start hipgait live again. This page may be closed.")


def _setup(hub: Hub, setup: SetupControls) -> None:
    state = setup.state
    with ui.element("main").classes("hg plain"):
        _box("h1", "Set up your sensors")
        _box("p", state.trouble or state.doing or "Switch your sensors on, then look for them.")
        scan = ui.element("button").classes("hg-bigbtn second").props('data-do="scan"')
        with scan:
            ui.label("Looking …" if state.busy else "Look for sensors")
        scan.on("click", lambda: None if setup.state.busy else setup.scan())
        if state.candidates:
            _candidates(setup)
            _identify(setup)
        if state.ready:
            _begin(hub, setup)


def _candidates(setup: SetupControls) -> None:
    state = setup.state
    _box("h2", "In range")
    places = {"": "not used", **{p: place(p) for p in PLACEMENTS}}
    for candidate in state.candidates:
        with ui.element("div").classes("hg-row"):
            with ui.element("div"):
                ui.label(candidate.name or candidate.address)
                ui.label(" · ".join(x for x in (candidate.profile, candidate.fit) if x))
            choice = ui.select(
                places,
                value=candidate.placement,
                on_change=lambda e, a=candidate.address: setup.assign(a, e.value),
            )
            choice.props('outlined dense aria-label="place of this sensor" data-do="place"')
            choice.set_enabled(bool(candidate.profile) and not state.busy)


def _identify(setup: SetupControls) -> None:
    _box("h2", "Which is which?")
    _box("p", "Tap a place, then tap that sensor twice with a finger, or lift that foot.")
    with ui.element("div").classes("hg-btn"):
        for placement in ("left_shank", "pelvis", "right_shank"):
            button = ui.element("button").props(f'data-do="identify-{placement}"')
            with button:
                ui.label(PLACE_NAMES[placement])
            button.on("click", lambda p=placement: None if setup.state.busy else setup.identify(p))


def _begin(hub: Hub, setup: SetupControls) -> None:
    """Feedback, the check of the fit, and the start. What is chosen outlives a page built anew."""
    _box("h2", "Feedback")
    titles = {"": "none", **{name: PHRASES[name].title for name in CUES}}
    margins = {m: f"{m:.1f}° above your fresh level" for m in MARGINS_DEG}
    kinds = {"tone": "a tone", "word": "a spoken word"}
    weeks: dict[int | None, str] = {None: "always"}
    weeks |= {w: f"fading, week {w} of {WEEKS}" for w in range(1, WEEKS + 1)}
    beats: dict[float | None, str] = {None: "off"}
    beats |= {p: f"your fresh cadence +{p:g} %" for p in CADENCES_PCT}
    for label, field, options in (
        ("on", "outcome", titles),
        ("from", "margin", margins),
        ("as", "kind", kinds),
        ("how often", "week", weeks),
        ("metronome", "cadence_pct", beats),
    ):
        _choice(hub, label, field, options)
    check = ui.element("button").classes("hg-bigbtn second").props('data-do="check"')
    with check:
        ui.label("Check the fit: 10 s still, then 10 steps on the spot")
    check.on("click", lambda: None if setup.state.busy else setup.check())
    begin = ui.element("button").classes("hg-bigbtn").props('data-do="begin"')
    with begin:
        ui.label("Start")
    begin.on("click", setup.begin)


def _choice(hub: Hub, label: str, field: str, options: dict[Any, str]) -> None:
    """One menu of the feedback; a value of the command line that it does not offer is added."""
    value = getattr(hub.controls.cue, field)
    if value not in options:
        options = {**options, value: f"{value:g}" if isinstance(value, float) else str(value)}

    def chosen(event: events.ValueChangeEventArguments[Any]) -> None:
        hub.controls.choose(replace(hub.controls.cue, **{field: event.value}))

    ui.select(options, label=label, value=value, on_change=chosen).props(f'data-do="{field}"')
