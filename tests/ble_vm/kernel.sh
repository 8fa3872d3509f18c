#!/bin/bash
# kernel.sh CACHE: Debian's present kernel and the modules that the guest loads, in
# CACHE/<package>/{vmlinuz,modules/order,modules/*.ko}; prints that folder. The package is the one
# that the meta package depends on today: no version is written anywhere.
set -euo pipefail
cache=$1
meta=${KERNEL_PACKAGE:-linux-image-amd64}
wanted="virtio_pci 9pnet_virtio 9p overlay virtio_rng virtio_console
    bluetooth hci_uart ecb cmac algif_hash algif_skcipher ecdh_generic"
export PATH=$PATH:/usr/sbin:/sbin

present() { apt-cache depends "$meta" 2>/dev/null | awk '/ Depends: linux-image-/ {print $2}' | head -n1; }
update() { [ "$(id -u)" = 0 ] && apt-get -qq update; }

mkdir -p "$cache"
package=$(present)
[ -n "$package" ] || { update || true; package=$(present); }
if [ -z "$package" ]; then
    echo "no package $meta is known here (apt-get update, on Debian)" >&2
    exit 3
fi
out=$cache/$package
[ -f "$out/vmlinuz" ] && { echo "$out"; exit 0; }

work=$(mktemp -d "$cache/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
download() { apt-get -qq download "$package" 2>download.log; }
download || { update && download; } || { tail -n 3 download.log >&2; exit 1; }
dpkg-deb -x ./*.deb tree
rm ./*.deb
[ -e tree/lib ] || ln -s usr/lib tree/lib # newer packages keep everything below /usr
version=$(basename tree/lib/modules/*)
depmod -b tree "$version"

mkdir -p ready/modules
for module in $wanted; do
    modprobe -d "$work/tree" -S "$version" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' >list
while read -r file; do
    cp "$file" ready/modules/
    name=$(basename "$file")
    case $name in
        *.xz) xz -d "ready/modules/$name"; name=${name%.xz} ;;
    esac
    echo "$name" >>ready/modules/order
done <list
cp tree/boot/vmlinuz-* ready/vmlinuz
rm -rf "$out"
mv ready "$out"
echo "$out"
