#!/bin/bash
# initramfs.sh KERNEL IMAGE: busybox, the modules in the folder KERNEL, and init.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir "$tree"/{bin,proc,sys,dev,newroot}
cp "$(command -v busybox)" "$tree/bin/busybox"
cp -r "$1/modules" "$tree/modules"
install -m 755 "$here/init" "$tree/init"
(cd "$tree" && find . | cpio -o -H newc --quiet) >"$2"
