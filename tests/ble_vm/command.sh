# What the guest runs as its recorder: change this line, and `received` in check.py, to run another.
# Set in /vm/env: PYTHON, ROOT (the checkout), SECONDS_TO_RECORD, SENSORS ("ADDRESS ADDRESS ...").
export PYTHONPATH=$ROOT PYTHONDONTWRITEBYTECODE=1
cd "$ROOT" || exit 1
# shellcheck disable=SC2086 # one word a sensor
exec "$PYTHON" -W error tests/ble_vm/guest.py /vm/received.json "$SECONDS_TO_RECORD" $SENSORS
