"""What a page or a terminal draws: one immutable picture of the session, and nothing to compute.

A session publishes a new ``LiveState`` after each stance, and twice a second without one. Every
number carries its unit in its name; None means "not known", never zero. Words are the page's.

Who fills it: ``live.session.LiveSession`` (``state`` is the newest; reading it needs no lock).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hipgait.names import SIDES


class SessionPhase(StrEnum):
    """Where the session stands.

    WAITING : not every sensor streams yet.  STILL : stand still, the zero is being taken.
    LEARNING : numbers are shown, the fresh level is being learned; no cues.  RUNNING : the fresh
    level is known.  PAUSED : no steps for some seconds (a traffic light), or walking.
    ENDED : stopped; the capture is closed.
    """

    WAITING = "waiting"
    STILL = "still"
    LEARNING = "learning"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Link(StrEnum):
    """What a sensor does. LOST : it streamed, and gives nothing for ``LOST_AFTER_S``."""

    SEARCHING = "searching"
    STREAMING = "streaming"
    LOST = "lost"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class SensorHealth:
    """One sensor.

    placement : of names.PLACEMENTS.
    rate_hz, wanted_hz : samples a second, as counted over the last seconds and as asked for.
    lost_pct : samples lost so far, %; None where nothing tells.
    battery_pct : %.  age_s : since its last packet, s.
    offset_ms : its clock against the host's since the start of the connection, ms.
    clipped_pct : samples at the end of the range, of the last seconds, %.
    breaks : how often the link broke.  trouble : one line, empty where all is well.
    """

    placement: str
    link: Link = Link.SEARCHING
    rate_hz: float = 0.0
    wanted_hz: float = 0.0
    lost_pct: float | None = None
    battery_pct: float | None = None
    age_s: float | None = None
    offset_ms: float | None = None
    clipped_pct: float = 0.0
    breaks: int = 0
    trouble: str = ""


@dataclass(frozen=True)
class Curve:
    """A stance curve. pct : (p,) 0 ... 100 % of the stance.  value : (p,) deg."""

    pct: tuple[float, ...] = ()
    value: tuple[float, ...] = ()


@dataclass(frozen=True)
class Trend:
    """Change against the fresh level since the start.

    minute : (m,) time since the start of the session.  change : (m,) mean of that stretch minus
        the fresh level, in the outcome's unit. At most ``session.TREND_POINTS`` points.
    value, half_width : newest minute minus fresh level and half of its 95 % interval; None where
        it cannot be told yet.
    """

    minute: tuple[float, ...] = ()
    change: tuple[float, ...] = ()
    value: float | None = None
    half_width: float | None = None


@dataclass(frozen=True)
class SideState:
    """One outcome of one side.

    last : values of the last 10 valid stances, newest last.  level : their mean; None before.
    fresh : level of this side's own fresh stretch; None while it is being learned.
    change, half_width : level minus fresh, and half of its 95 % interval.
    limit : value above which a stance
        counts; None without a cue on this outcome.  over : stances of ``last`` beyond the limit.
    stances : valid stances so far.
    curve, fresh_curve : mean of the last 10 stances, and of the fresh ones (drop and lean only).
    paused : why no new values come ("sensor_lost", "wrong_side", ...); empty where they do.
    """

    last: tuple[float, ...] = ()
    level: float | None = None
    fresh: float | None = None
    change: float | None = None
    half_width: float | None = None
    limit: float | None = None
    over: int = 0
    stances: int = 0
    trend: Trend = field(default_factory=Trend)
    curve: Curve = field(default_factory=Curve)
    fresh_curve: Curve = field(default_factory=Curve)
    paused: str = ""


@dataclass(frozen=True)
class OutcomeState:
    """One outcome. name : as in run.json (``pelvic_drop_peak``, ``shank_lean_excursion``, ...).

    unit : of all its numbers.  matters : smallest change that matters, the grey band.
    absolute : False where there is no standing zero: then only changes may be shown.
    """

    name: str
    unit: str
    matters: float | None
    sides: Mapping[str, SideState]
    absolute: bool = True

    def side(self, side: str) -> SideState:
        """One side of it: left or right."""
        return self.sides[side]


@dataclass(frozen=True)
class CueState:
    """The cue.

    outcome : chosen, empty for none.  margin : above (signed: below) the fresh level, in its unit.
    needed, of : so many of the last so many stances beyond the limit begin a cue.
    active : sides that are being cued now.  over : side -> count, of ``of``.
    share_on : share of time in which feedback is given today (fading), 0 ... 1.  on_now : whether
    now is such a time.  week, weeks : of the fading schedule; None without one.
    given : cues so far.  kind : "tone" | "word" | "none".  word : what is spoken or shown.
    sound : counts up each time a sound is to be made; a page plays one where it changed.
    metronome_spm : beats a minute; None: off.  cadence_pct : that against the fresh cadence, %.
    """

    outcome: str = ""
    margin: float = 0.0
    needed: int = 8
    of: int = 10
    active: tuple[str, ...] = ()
    over: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(SIDES, 0))
    share_on: float = 1.0
    on_now: bool = True
    week: int | None = None
    weeks: int | None = None
    given: int = 0
    kind: str = "tone"
    word: str = ""
    sound: int = 0
    metronome_spm: float | None = None
    cadence_pct: float | None = None


@dataclass(frozen=True)
class Notice:
    """What the runner must know. code : fixed, for tests and pages.  text : one plain line."""

    code: str
    text: str
    placement: str = ""


@dataclass(frozen=True)
class LiveState:
    """The session at one moment.

    number : counts up with every new state.
    elapsed_s : since all sensors streamed.  running_s : of it, in gait.
    learn_left_s : until the fresh level is known; None once it is, or before it began.
    strides_left : strides until the first numbers; 0 afterwards.
    cadence_spm : of the last 10 strides.  contact_time_ms : side -> mean of the last 10.
    speed_mps, distance_m : None where not known; speed_source : "given" | "table" | "none".
    stances : so far, both sides.  latency_ms : from the arrival of the packet of the last terminal
        contact to this state.
    marks, laps : set by the runner so far.  capture : file being written, empty where none is.
    """

    number: int = 0
    phase: SessionPhase = SessionPhase.WAITING
    elapsed_s: float = 0.0
    running_s: float = 0.0
    learn_left_s: float | None = None
    strides_left: int = 10
    sensors: tuple[SensorHealth, ...] = ()
    outcomes: Mapping[str, OutcomeState] = field(default_factory=dict)
    cadence_spm: float | None = None
    contact_time_ms: Mapping[str, float | None] = field(
        default_factory=lambda: dict.fromkeys(SIDES, None)
    )
    speed_mps: float | None = None
    distance_m: float | None = None
    speed_source: str = "none"
    cue: CueState = field(default_factory=CueState)
    stances: int = 0
    latency_ms: float | None = None
    marks: int = 0
    laps: int = 0
    notices: tuple[Notice, ...] = ()
    capture: str = ""
