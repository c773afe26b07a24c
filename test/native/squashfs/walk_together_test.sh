#!/bin/sh
# Threads that read an image at the same time find what one alone finds, with a
# cache that holds all of it, and with one that is too small for any block.
set -u
. "$CH_SOURCE_DIR/test/native/squashfs/images.sh"

command -v mksquashfs >/dev/null 2>&1 || {
    echo '1..0 # SKIP mksquashfs is not installed'
    exit 77
}
folder=$(mktemp -d "${TMPDIR:-/var/tmp}/ch-test.XXXXXX")
trap 'rm -rf "$folder"' EXIT
make_images "$folder"
number=0 status=0
for image in "$folder"/*.sqfs; do
    for cache in 1 100000 8388608; do
        number=$((number + 1))
        title="8 threads, $(basename "$image" .sqfs), a cache of $cache bytes"
        if "$CH_BUILD_DIR/walk-together" "$image" 8 "$cache" >&2; then
            echo "ok $number - $title"
        else
            echo "not ok $number - $title"
            status=1
        fi
    done
done
echo "1..$number"
exit $status
