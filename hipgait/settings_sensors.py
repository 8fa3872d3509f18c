"""Frozen settings of what sensors do by themselves: slip, be exchanged, run on clocks of their own.

Sections of ``hipgait.settings.Settings``, like those of ``hipgait.settings_kinematics``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class QualitySettings:
    """Slipped sensors (chosen on simulated drop levels with long memory: docs/validation) and
    axes that cannot be (kinematics.handedness)."""

    slip_window: int = 40
    """stances in each of the two windows that are compared"""
    slip_min_deg: float = 2.0
    """smaller steps are not called a slip, deg"""
    slip_turn_deg: float = 4.0
    """smaller turns about a shank's long axis are not called a slip, deg (tiring: up to 1.6)"""
    slip_turn_pelvis_deg: float = 5.0
    """smaller turns of the pelvis sensor about the vertical are not called a slip, deg"""
    slip_turn_share: float = 0.5
    """a pelvis sensor turns only if the direction of dropping turns by this share of that of
    tilting: halfway between a sensor's turn (1) and another way of running (0)"""
    slip_sigmas: float = 3.8
    """a slip exceeds the usual difference of two windows by this factor"""
    slip_sudden_share: float = 0.5
    """share of the step that is there within 10 stances and stays for 160"""
    slip_other_share: float = 0.4
    """a shank slips only if the other shank's angle changes by less than this share"""
    slip_min_sagittal_deg: float = 2.5
    """smaller steps forwards or backwards are not called a slip, deg (hills, pace and shoes)"""
    slip_pace_share: float = 0.03
    """the tilt of the pelvis may change by itself where the stride time changes by this share"""
    turning_block_s: float = 0.05
    """block means of the angular velocity, s"""
    turning_moving_rad_s: float = 0.35
    """blocks that turn slower are standing and do not count, rad/s (20 deg/s)"""
    pelvis_most_rad_s: float = 3.5
    """a pelvis turns slower three quarters of the time, rad/s (200 deg/s; at most 94 were found)"""
    pelvis_swapped_rad_s: float = 1.75
    """the same where a leg's sensor turns slower than it, rad/s (100 deg/s)"""
    pelvis_over_leg: float = 1.5
    """so much faster than a leg no pelvis turns (0.26 were found)"""
    pelvis_thigh_rad_s: float = 2.6
    """a sensor in a trouser pocket turns faster, rad/s (149 deg/s; one real runner's thigh 315;
    simulated pelves at most 107 between walking and 6.5 m/s, one real one 145)"""
    pelvis_thigh_share: float = 0.45
    """and by more than this share of a shank (thighs 0.47-0.75, pelves at most 0.32)"""
    handed_window_s: float = 4.0
    """window over which a leg's specific force averages to gravity, s (some five strides)"""
    handed_legs_s: float = 60.0
    """so much of a leg's stream is looked at, s"""
    handed_misfit_mps2: float = 0.5
    """mirrored axes miss gravity by more than this, m/s^2 (experiment)"""
    handed_ratio: float = 2.0
    """and by so much more than with the gyroscope reversed (experiment: at least 3.1)"""
    handed_block_s: float = 0.1
    """length of the block means of the pelvis, s"""
    handed_most_s: float = 480.0
    """so much of the pelvis' stream is looked at, s"""
    handed_least_s: float = 120.0
    """with less nothing is refused, s (in 30 s the correlation reaches -0.26)"""
    handed_low_s: float = 0.5
    """Gaussian that leaves gravity of the specific force, s"""
    handed_high_s: float = 2.0
    """slower turning is left out: there the bias of the gyroscope counts, s"""
    handed_free_mps2: float = 2.0
    """smoothed specific force differs from gravity by less than this, m/s^2"""
    handed_turn_mps3: float = 0.03
    """gravity moves at least this fast (rms), m/s^3 (0.2 deg/s: more than noise)"""
    handed_correlation: float = 0.2
    """a more negative correlation means mirrored axes"""


@dataclass(frozen=True, kw_only=True)
class SyncSettings:
    """Sensors brought onto one clock by the gait itself."""

    load_share: float = 0.43
    """running: the middle of the rise and the fall of the pelvis' 3.5 Hz vertical force comes at
    this share of the contact (one runner on a force plate: 4 ms before it, SD 3, in 5 level trials;
    another at 2 and 4 m/s: 3 ms before and 4 ms after it; 50 simulated runners: 0, SD 3 ms. Slopes
    move it, 1.2 ms a degree, later uphill)"""
    swing_load_s: float = 0.131
    """from the end of a leg's forward swing to that moment, roughly, s"""
    swing_landing_s: float = 0.019
    """from the end of a leg's forward swing to its landing, s (Fadillioglu 2020,
    doi:10.1016/j.gaitpost.2020.06.019, as tested on 74 runners by Kiernan 2023,
    doi:10.3390/s23115022: 24 ms; here 19 ms)"""
    template_load_s: float = 0.091
    """the same from a stride's anchor where there is no gyroscope, s"""
    timed_at: tuple[float, ...] = (0.1, 0.5, 0.9)
    """where in the gait contacts are timed one by one, share of the strides"""
    timed_s: float = 60.0
    """and for how long, s"""
    together_s: float = 20.0
    """how much of each such window is timed again with all sensors, s"""
    jumps_within_s: float = 0.1
    """jumps of two sensors that are one, s (steps and strides are further apart)"""
    rest_s: float = 3.0
    """a rest that starts and stops of movement are taken from lasts longer than this, s (a pause
    between two bows or kicks does not)"""
    changes_within_s: float = 1.5
    """starts and stops of two sensors that are one, s (a leg moves off a step before the pelvis
    does, and both are seen in windows of 2 s)"""
    gait_sd_s: float = 0.005
    """error of an offset from the gait, s (50 simulated runners: SD 4 ms)"""
    jump_sd_s: float = 0.005
    """error of an offset from jumps, s (judgement: the one simulated jump is 4.5 ms off)"""
    stated_error_s: float = 0.015
    """what an offset is given with, s: 242 of 248 errors of 50 simulated runners, a third of whom
    jumped, were smaller (docs/validation.md); the scatter of the windows says nothing of it,
    because a moment of the contact that is taken too late is so in all of them. Of jumps alone
    (walks) it is a judgement: the error of one simulated jump is 4.5 ms"""
    jumps_differ_s: float = 0.010
    """where the gait differs from the jumps by more than twice its own error, it has taken another
    rise for a leg's landing, s"""
    legs_alike_s: float = 0.1
    """the legs' mean strides begin within this, s (landing to push-off: 0.2 s and more)"""
    least_evidence_jumps: float = 5.0
    """evidence that is asked of the gait where two jumps or more name the shift, nats"""
    grid_s: float = 0.1
    """step at which the course of the stride times is compared, s"""
    detrend_s: float = 5.0
    """slower changes of cadence (Gaussian SD) are left out of the comparison, s"""
    largest_log: float = 0.1
    """larger deviations of a stride time count as this much (natural logarithm)"""
    fewest_strides: int = 25
    """fewer strides in common tell nothing"""
    piece_s: float = 600.0
    """long runs are compared in pieces, s (300 ppm blur the peak by 0.18 s)"""
    least_score: float = 6.0
    """correlation of the stride times in standard errors; by chance the best of some ten thousand
    shifts reaches 4 to 5"""
    window_s: float = 45.0
    """offsets are measured in windows, s"""
    fewest_in_window: int = 8
    """contacts in a window"""
    steps_beside: int = 4
    """so many steps to either side are tried"""
    pair_within: float = 0.3
    """contacts of two sensors that belong together, share of a step"""
    independent: float = 0.5
    """share of the strides that counts as independent in the evidence"""
    least_evidence: float = 20.0
    """log-likelihood against a shift by another number of steps, nats"""
    most_against: float = 10.0
    """no window may speak for another step by more than this, nats: clocks that jump"""
    least_spread_s: float = 0.0005
    """a smaller scatter of the differences counts as this, s"""
    least_keeping_step: float = 0.5
    """two trains of steps keep step where their mean phase vector is longer than this"""
    largest_residual_s: float = 0.025
    """windows scatter less than this about the line, s"""
    window_sd_s: float = 0.003
    """how exact a window is, s"""
    usual_ppm: float = 100.0
    """prior of the difference of two clocks' rates (SD), parts per million"""
    timed_sd_s: float = 0.003
    """how exact a window of timed contacts is, s"""
    most_ppm: float = 300.0
    """clocks that run further apart are no clocks, parts per million (quartz: 20 to 100)"""
    train_ppm: float = 30.0
    """error of the rate from the trains of strides (SD), parts per million"""
    check_s: float = 420.0
    """where all sensors claim one clock, the last so many seconds are looked at first, s"""
    beyond_doubt_s: float = 0.1
    """a sensor that is further off is moved, whatever its clock claims, s: left where it is, its
    stances would belong to the other leg's"""
    tolerance_s: float = 0.040
    """sensors that claim one clock and are further apart than this are told, s"""
