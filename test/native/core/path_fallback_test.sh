#!/bin/sh
# Everything that resolves paths, on a kernel without openat2(2), and behind the
# system call filter of an old container engine.
set -u
deny=$CH_BUILD_DIR/deny-syscall
if ! "$deny" openat2 ENOSYS -- true 2>/dev/null; then
    echo '1..0 # SKIP system call filters cannot be used here'
    exit 77
fi
number=0 status=0
check()
{
    number=$((number + 1))
    if [ ! -x "$CH_BUILD_DIR/test/$2" ]; then
        echo "ok $number - $2 # SKIP built with front ends only"
    elif "$deny" openat2 "$1" -- "$CH_BUILD_DIR/test/$2" >&2; then
        echo "ok $number - $2 passes where openat2() fails with $1"
    else
        echo "not ok $number - $2 passes where openat2() fails with $1"
        status=1
    fi
}

check EPERM native/core/path_test
check ENOSYS native/core/path_test
check ENOSYS native/core/tree_writer_test
check ENOSYS native/core/tar_extract_test
check ENOSYS advisory/tar_symlink_escape_test
check ENOSYS advisory/tar_names_test
echo "1..$number"
exit $status
