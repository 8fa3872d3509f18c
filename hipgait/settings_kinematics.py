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
    error_share: float = 0.12
    error_scaled_share: float = 0.05
    """error of the strides' speed (default lever, real runner; hipgait.kinematics.speed), and where
    the start of the run set its scale (30 simulated runners: root of bias and SD squared), share"""
    far_errors: float = 3.0
    """a given speed further than so many errors from the estimate is told"""
    agree_share: float = 0.25
    """start and strides agree within this share; the start of a treadmill does not"""


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
