#!/bin/bash
# Installs what the rig needs and is missing. Exit 3: it cannot run here; stderr says why.
set -euo pipefail
cannot() { echo "$1" >&2; exit 3; }

[ "$(uname -s)" = Linux ] || cannot "it needs Linux, this is $(uname -s)"
[ "$(uname -m)" = x86_64 ] || cannot "host and guest share their programs: it needs x86-64, this is $(uname -m)"

export PATH=$PATH:/usr/sbin:/sbin
declare -A package=(
    [qemu-system-x86_64]=qemu-system-x86 [btattach]=bluez [bluetoothctl]=bluez
    [dbus-daemon]=dbus [dbus-send]=dbus-bin [busybox]=busybox-static [cpio]=cpio
    [modprobe]=kmod [depmod]=kmod [xz]=xz-utils [setpriv]=util-linux
)
missing() {
    for tool in "${!package[@]}"; do
        command -v "$tool" >/dev/null || echo "${package[$tool]}"
    done | sort -u
}

command -v apt-get >/dev/null || cannot "it needs Debian's packages: there is no apt-get"
need=$(missing)
[ -n "$need" ] || exit 0
[ "$(id -u)" = 0 ] || cannot "missing, and only root may install: sudo apt-get install ${need//$'\n'/ }"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-cache show dbus-bin >/dev/null 2>&1 || need=${need//dbus-bin/dbus}
# shellcheck disable=SC2086 # one word a package
apt-get -qq install -y --no-install-recommends $need >/dev/null
need=$(missing)
[ -z "$need" ] || cannot "still missing after the installation: ${need//$'\n'/ }"
