"""Frozen settings of the kinematics: every constant with its unit and source.

They are sections of ``hipgait.settings.Settings``, which reads and writes them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class OrientationSettings:
    """Two-pass smoother (its constants come from simulated hours with known truth)."""

    block_s: float = 0.1
    """length of the block means, s"""
    first_sigma_s: float = 10.0
    """Gaussian of the first pass, and of the second where the speed is unknown, s"""
    pelvis_sigma_s: float = 3.0
    """Gaussian of the second pass at the pelvis, s"""
    shank_sigma_s: float = 4.0
    """Gaussian of the second pass at shanks, thighs and feet, s (6 s: 12 % more error)"""
    heading_sigma_s: float = 0.6
    """Gaussian of the right-pointing axis, s (about a stride)"""
    rate_sigma_s: float = 0.5
    """Gaussian of the heading rate, s"""
    active_mps2: float = 0.7
    """more free acceleration (rms over about 1 s) is movement, m/s^2"""
    gain_s: float = 5.0
    """runners gain and lose their speed within this time of movement, s (see start_stop)"""
    gain_edge_s: float = 0.6
    """Gaussian that rounds the ends of that time, s (about a stride)"""
    straight_deg_s: float = 1.5
    """slower heading rates may be straight running with a gyroscope bias, deg/s"""
    bias_window_s: float = 30.0
    """drift of gravity over this time gives the gyroscope bias where nobody stood still, s"""
    bias_prior_deg_s: float = 0.5
    """standard deviation of an unknown gyroscope bias, deg/s (consumer sensors)"""
    bias_noise_deg: float = 0.3
    """standard deviation of the drift over one such window that is no bias, deg"""


@dataclass(frozen=True, kw_only=True)
class ProtocolSettings:
    """Standing, bows, kicks and jumps, found by themselves (limits: judgement, tried on data)."""

    still_gyr_rad_s: float = 0.15
    """slower turning (rms over 0.25 s) is still, rad/s (VQF: 2 deg/s; people sway)"""
    still_acc_mps2: float = 0.6
    """less variation of the specific force (SD over 0.25 s) is still, m/s^2 (VQF: 0.5)"""
    still_min_s: float = 2.0
    """shorter stillness is no standing, s"""
    still_margin_s: float = 0.25
    """cut from both ends of a still interval, s"""
    gait_shake_mps2: float = 2.0
    """more variation of the specific force is gait, m/s^2"""
    gait_min_s: float = 3.0
    """with less gait there is no direction to compare standing with, s"""
    pelvis_upright_deg: float = 40.0
    """up of a standing pelvis is this close to its mean specific force in gait, deg"""
    leg_upright_deg: float = 60.0
    """the same of shank and thigh, which swing, deg"""
    standing_agree_deg: float = 20.0
    """standing intervals that differ more from the longest are not standing, deg"""
    support_rate_rad_s: float = 0.8
    """rms angular velocity of what should be still while another segment moves, rad/s"""
    hinge_share: float = 0.8
    """share of the rotation about one axis in a bow or a kick"""
    bow_shake_mps2: float = 2.5
    """variation of the specific force in a bow stays below this, m/s^2"""
    bow_rate_max_rad_s: float = 4.0
    """a bow is slower than this, rad/s"""
    bow_min_deg: float = 25.0
    """the pelvis tilts more than this in a bow, deg"""
    bow_return_deg: float = 12.0
    """and comes back to this, deg"""
    bow_min_s: float = 0.8
    bow_max_s: float = 8.0
    """length of one bow, s"""
    kick_moving_rad_s: float = 0.6
    """a kicking shank turns faster than this, rad/s"""
    kick_min_deg: float = 55.0
    """the shank swings more than this in a kick, deg"""
    kick_return_deg: float = 25.0
    """and comes back to this, deg"""
    kick_rest_s: float = 0.3
    """rest before and after a row of kicks, s"""
    kick_min_s: float = 0.4
    kick_max_s: float = 4.0
    """length of one kick, s"""
    flight_acc_mps2: float = 5.0
    """a smaller specific force is flight, m/s^2"""
    landing_acc_mps2: float = 15.0
    """a landing exceeds this, m/s^2"""
    jump_min_s: float = 0.12
    jump_max_s: float = 0.7
    """time in the air of a small jump, s"""
    jump_window_s: float = 4.0
    """rest before and after a jump is this close, s"""
    jump_rest_rate_rad_s: float = 0.5
    """angular velocity of such a rest, rad/s"""
    jump_rest_acc_mps2: float = 1.0
    """variation of the specific force of such a rest, m/s^2"""
    jumps_at_once: int = 5
    """more flights than this within 0.6 of the window are gait"""


@dataclass(frozen=True, kw_only=True)
class SpeedSettings:
    """Speed estimated from the signals."""

    min_mps: float = 0.5
    max_mps: float = 9.0
    """speeds outside are not believed, m/s"""
    midstance_share: float = 0.4
    """the ankle is slowest here, share of the stance"""
    lever_m: float = 0.27
    """height of a shank sensor over the ankle, m (mid shank)"""
    stride_min_s: float = 0.4
    stride_max_s: float = 1.4
    """other strides are not used, s"""
    strides_min: int = 10
    """with fewer strides there is no speed"""
    strides_max: int = 400
    """strides of each leg, spread over the run"""
    window_s: float = 60.0
    """medians over this time, s"""
    start_near_s: float = 2.5
    """strides this close to the start's last stride are compared with it, s"""
    agree_share: float = 0.25
    """start and strides agree within this share; the start of a treadmill does not"""


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
class AlignmentSettings:
    """Sensor-to-segment alignment. "Experiment" = simulated runs, docs/validation.md."""

    strides_max: int = 240
    """strides spread over the run that the alignment looks at"""
    strides_draft: int = 60
    """strides for the first alignment, which only the centripetal correction uses"""
    strides_enough: int = 30
    """with this many running strides, walking is left out of the alignment"""
    stride_min_s: float = 0.4
    """shorter strides are not trusted, s"""
    stride_max_s: float = 1.6
    """longer strides are not trusted, s"""
    stride_tolerance: float = 0.15
    """strides that differ from the median by this share are left out of the mean cycle"""
    strides_min: int = 3
    """with fewer strides nothing is aligned"""
    standing_min_s: float = 1.0
    """shorter standing sets no zero, s"""
    start_strides: int = 2
    """strides after which the velocity of the start is read"""
    start_wait_s: float = 6.0
    """a run that starts later after standing has no known start, s"""
    start_missing: float = 0.02
    """share of the start that may be missing"""
    cycle_points: int = 100
    """phases of a mean cycle"""
    swing_cutoff_hz: float = 10.0
    """low-pass for the knee's axis, Hz (experiment)"""
    extension_shares: tuple[float, float] = (0.4, 0.9)
    """part of the swing in which the leg comes forward and the knee extends, shares of the swing"""
    swing_sd_rad: float = 0.0384
    """SD of the shank's yaw from the swinging leg, rad (2.2 deg, experiment)"""
    swing_bias_rad: float = 0.035
    """how far the outer end of the axis found there lies forward, mean, rad (2.0 deg; 2.1 from IK,
    1.8 simulated)"""
    kicks_bias_rad: float = 0.045
    """the same of the axis of the kicks, rad (2.6 deg: the tibia rests turned outwards)"""
    kicks_sd_rad: float = 0.0297
    """SD of the shank's yaw from three kicks, rad (1.7 deg, experiment)"""
    kick_min_rad_s: float = 1.5
    """slower movement is not a kick, rad/s"""
    bows_sd_rad: float = 0.0279
    """SD of the pelvis' yaw from three bows, rad (1.6 deg, experiment)"""
    bow_min_rad: float = 0.2
    """a smaller forward tilt of the pelvis is not a bow, rad"""
    sway_min_m: float = 0.012
    """a smaller side-to-side sway of the pelvis does not tell left from right, m"""
    asymmetry_rad: float = 0.0105
    """left-right asymmetry that the harmonics may hold, rad (0.6 deg, experiment)"""
    sideways_mps2: float = 0.8
    """sideways acceleration at step frequency in symmetric gait, m/s^2 (experiment)"""
    pelvis_lever_m: float = 0.12
    """from the sacral sensor forward to the pelvis' centre, m (anthropometry)"""
    start_sd_rad: float = 0.0524
    """SD of the direction of the start, rad (3 deg; 1 simulated, 2 marker-driven)"""
    start_speed_min_mps: float = 0.8
    """a slower start has no direction, m/s"""
    thigh_m: float = 0.41
    """length of the virtual thigh, m (Winter 2009: 0.245 of 1.70 m)"""
    thigh_harmonics: int = 8
    """harmonics of the stride kept in the paths of hip and knee"""
    thigh_noise: float = 0.045
    """misfit of hinge and length allowed, share of the thigh (experiment)"""
    thigh_length_weight: float = 0.3
    """weight of the length condition against the hinge (experiment)"""
    toe_out_sd_rad: float = 0.14
    """heading of a knee axis relative to the pelvis, SD, rad (8 deg, experiment)"""
    thigh_prior_rad: float = 0.17
    """prior SD of the correction by the virtual thigh, rad (10 deg: nearly free)"""
    thigh_floor_rad: float = 0.0175
    """SD of that correction at a knee that is a perfect hinge, rad (1 deg, experiment)"""
    thigh_misfit_gain: float = 7.0
    """SD of that correction over the misfit of the hinge (experiment)"""
    thigh_misfit_max: float = 0.007
    """knees that leave the hinge by more are not refined, share of the thigh (experiment)"""
    legs_sd_rad: float = 0.07
    """SD of the pelvis' yaw from both virtual thighs, rad (4 deg, experiment)"""
    thigh_swing_sd_rad: float = 0.087
    """SD of the thigh's yaw from its rotation over the stride, rad (5 deg)"""
    thigh_posture_rad: float = 0.035
    """frontal lean of the thigh in standing, SD between people, rad (2 deg)"""
    lean_prior_rad: float = -0.0698
    """mean lean of the shank in early stance where nobody stood still, rad (-4 deg, experiment)"""
    lean_prior_sd_rad: float = 0.0436
    """its SD between people, rad (2.5 deg)"""
    pelvis_posture_rad: float = 0.0175
    """obliquity of the pelvis in standing, SD between people, rad (1 deg)"""
    shank_posture_rad: float = 0.0349
    """frontal lean of the shank in standing, SD between people, rad (2 deg)"""
    shank_sagittal_rad: float = 0.07
    """sagittal lean of the shank in standing, RMS, rad (4 deg): with the centre of mass some 5 cm
    ahead of the ankles people stand with the knees forward, and the foot then reads as so much
    further ahead at landing; a lean that one person keeps, so it enters no change"""
    symmetry_rad: float = 0.035
    """stride-mean obliquity, SD between people, rad (2 deg): the zero where nobody stood still"""


@dataclass(frozen=True, kw_only=True)
class ErrorSettings:
    """Parts of the stated errors that do not come from the run itself (experiment)."""

    event_sd_s: float = 0.0035
    """error of a mean initial contact, s"""
    drop_floor_deg: float = 0.06
    """what no part of the model explains in a drop, deg"""
    lean_floor_deg: float = 0.5
    """what no part of the model explains in a lean, deg"""
    lean_skin_deg: float = 0.5
    """what skin adds to an excursion of the lean, deg: 1-3 deg of ringing cost 0.4 to 0.8 in
    simulation; a shank's own motion hides it, so it is stated for everyone"""
    skin_from_hz: float = 9.0
    """faster frontal motion of the mean cycle is taken for ringing of the skin, Hz"""
    skin_to_hz: float = 20.0
    """and slower than this, Hz"""
    skin_steady_deg: float = 0.025
    """what steady sensors show in that band, root mean square, deg (median of 30 simulated)"""
    skin_max_deg: float = 1.5
    """the error of a ringing of 3 deg: more is real motion, deg (experiment)"""
    skin_gain: float = 24.0
    """error of an excursion over the root mean square of the ringing (experiment)"""


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
    """what an offset is given with, s: 98 % of the errors of 49 simulated runners (245 sensors,
    with and without jumps) were smaller; the scatter of the windows says nothing of it, because a
    moment of the contact that is taken too late is so in all of them"""
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
