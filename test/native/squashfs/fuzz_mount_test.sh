#!/bin/sh
# Damaged images, walked and read whole through a mount: nothing crashes, hangs
# or eats memory. The same ones in every run; CH_TEST_ROUNDS times as many for
# who asks.
set -u
. "$CH_SOURCE_DIR/test/native/squashfs/images.sh"

command -v mksquashfs >/dev/null 2>&1 || {
    echo '1..0 # SKIP mksquashfs is not installed'
    exit 77
}
folder=$(mktemp -d "${TMPDIR:-/var/tmp}/ch-test.XXXXXX")
trap 'rm -rf "$folder"' EXIT
make_images "$folder"
count=$((45 * ${CH_TEST_ROUNDS:-1}))
number=0 status=0
for image in "$folder"/*.sqfs; do
    number=$((number + 1))
    name=$(basename "$image" .sqfs)
    result=0
    "$CH_BUILD_DIR/fuzz-mount" "$image" 1 "$count" || result=$?
    case $result in
    0) echo "ok $number - $count damaged copies of an image, $name" ;;
    77)
        echo '1..0 # SKIP images cannot be mounted here'
        exit 77
        ;;
    *)
        echo "not ok $number - $count damaged copies of an image, $name"
        status=1
        ;;
    esac
done
echo "1..$number"
exit $status
