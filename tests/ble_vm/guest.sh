#!/bin/bash
# In the guest: system bus, bluetoothd, the adapter behind /dev/hvc0; then /vm/command.sh, whatever
# it is, and off. Results go to /vm, which is the folder of the run on the host.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
say() { read -r up _ </proc/uptime; echo "[guest +${up}s] $*"; }
die() { say "$*"; cp /run/*.log /vm/ 2>/dev/null; sync; busybox poweroff -f; }
set -a; . /vm/env; set +a

busybox ip link set lo up
busybox hostname hipgait-vm
mkdir -p /run/dbus /run/lock
rm -rf /var/lib/bluetooth/*
mkdir -p /var/lib/bluetooth
# The settings that docs/bluetooth-setup.md recommends; the host sees which parameters are asked for.
cat >/etc/bluetooth/main.conf <<'CONF'
[LE]
MinConnectionInterval=6
MaxConnectionInterval=9
ConnectionSupervisionTimeout=600
CONF

say "userland"
dbus-daemon --system --fork --nopidfile >/run/dbus.log 2>&1 || die "no system bus"
/usr/libexec/bluetooth/bluetoothd --noplugin='*' -n >/run/bluetoothd.log 2>&1 &
daemon=$!

ask() { dbus-send --system --print-reply "$@" 2>/dev/null; }
for _ in $(seq 150); do
    ask --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:org.bluez | grep -q true && break
    sleep 0.2
done
say "bluetoothd $(bluetoothctl --version | grep -o '[0-9.]*$') is on the bus"

btattach -B /dev/hvc0 -P h4 >/run/btattach.log 2>&1 &
property() {
    ask --dest=org.bluez /org/bluez/hci0 org.freedesktop.DBus.Properties."$1" string:org.bluez.Adapter1 string:Powered "${@:2}"
}
for _ in $(seq 150); do
    property Set variant:boolean:true >/dev/null
    property Get | grep -q 'boolean true' && break
    sleep 0.2
done
property Get | grep -q 'boolean true' || die "no adapter"
say "the adapter is powered"

timeout "$LIMIT_S" bash /vm/command.sh >/vm/command.log 2>&1
status=$?
say "command.sh ended with $status"
kill -0 $daemon 2>/dev/null && alive=true || alive=false
echo "{\"command_status\": $status, \"bluetoothd_alive\": $alive}" >/vm/guest_state.json
die "off"
