# What the guest runs as its recorder: `hipgait record`, over bleak's BlueZ backend. The sensors are
# named as they advertise, without a profile, so that finding them is tried as well. Before that, what
# `hipgait doctor` asks bluetoothd and the kernel.
# Set in /vm/env: PYTHON, ROOT (the checkout), SECONDS_TO_RECORD, RATE_HZ, BATCH, SENSORS ("PLACEMENT=NAME ...").
export PYTHONPATH=$ROOT PYTHONDONTWRITEBYTECODE=1 COLUMNS=200
cd "$ROOT" || exit 1
"$PYTHON" -W error - >/vm/bluetooth.json <<'PY' || exit 1
import dataclasses, json
from hipgait.ble import host

found = dataclasses.asdict(host.ask_service())
print(json.dumps({**found, "version": host.version(), "unfit": host.unfit(3)}))
PY
words=()
for sensor in $SENSORS; do words+=(--sensor "$sensor"); done
exec "$PYTHON" -W error -m hipgait record --out /vm/run.mcap "${words[@]}" \
    --set "rate_hz=$RATE_HZ" --set "batch=$BATCH" --duration "$SECONDS_TO_RECORD" --no-protocol --json
