#!/bin/sh
# The essentials of ch-run, as installed, where there is no Node.js for the
# other tests: a build without front ends. TAP output.
#
# $CH_STAGE_BIN is the directory of the installed programs, $CH_SOURCE_DIR that
# of the sources, $CH_TEST_SQUASH says whether SquashFS images can be mounted.
#
# shellcheck disable=SC2016 # scripts for other shells expand there
set -u

work=$(mktemp -d "${CH_TEST_TMP:-/var/tmp}/ch-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
run=${CH_STAGE_BIN:?}/ch-run
image=$work/image
CH_IMAGE_STORAGE=$work/storage
export CH_IMAGE_STORAGE
count=0
failed=0

result() {
    count=$((count + 1))
    echo "$1 $count - $title"
}

fail() {
    failed=1
    result 'not ok'
    sed 's/^/# /' "$work/output"
}

# expect TITLE STATUS PATTERN COMMAND...: COMMAND's status is STATUS, and a line
# of its output is PATTERN, a basic regular expression.
expect() {
    title=$1 wanted=$2 pattern=$3
    shift 3
    "$@" >"$work/output" 2>&1
    status=$?
    if [ "$status" = "$wanted" ] && grep -q "^$pattern\$" "$work/output"; then
        result ok
    else
        echo "status $status; wanted: status $wanted, and $pattern" \
            >>"$work/output"
        fail
    fi
}

# expect_error TITLE STATUS PATTERN COMMAND...: the same for a message.
expect_error() {
    wanted_title=$1 wanted_status=$2 wanted_pattern=$3
    shift 3
    expect "$wanted_title" "$wanted_status" \
        "ch-run\[[0-9]*\]: error: $wanted_pattern" "$@"
}

skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

# What has ended, but has not been waited for, has no command line any more.
server_runs() {
    for process in /proc/[0-9]*; do
        tr '\0' ' ' 2>/dev/null <"$process/cmdline" |
            grep -q "ch-run .*$work" && return 0
    done
    return 1
}

expect_no_server() {
    title='no server is left' tries=0
    while server_runs; do
        tries=$((tries + 1))
        if [ $tries = 50 ]; then
            echo "$process" >"$work/output"
            fail
            return
        fi
        sleep 0.1
    done 2>/dev/null
    result ok
}

# --- the command line ----------------------------------------------------------
expect '--version' 0 '[0-9][0-9]*\.[0-9.]*' "$run" --version
expect '--help' 0 '  -b, --bind=SRC\[:DST\]\[:ro|rw\]' "$run" --help
expect 'no arguments' 1 'Usage: ch-run .*' "$run"
expect_error 'no image' 64 'no image given' "$run" -v
expect_error 'no command' 64 'no command given .*' "$run" /
expect_error 'an unknown option' 64 'unknown.* option "--bogus"' "$run" --bogus
expect_error 'an unknown feature' 31 'unknown feature "bogus"' \
    "$run" --feature=bogus

# --- a directory ---------------------------------------------------------------
"${CH_SOURCE_DIR:?}/misc/make-image" "$image" || exit 99
expect 'a directory' 0 hello "$run" "$image" -- echo hello
expect 'a directory, without --' 0 hello "$run" "$image" echo hello
expect 'an empty environment' 0 'CH_RUNNING=Weird Al Yankovic' \
    env -i "$run" "$image" -- /bin/sh -c 'echo "CH_RUNNING=$CH_RUNNING"'
expect 'the status of the command' 7 gone \
    "$run" "$image" -- sh -c 'echo gone; exit 7'
expect 'a signal' 143 gone \
    sh -c '"$0" "$1" -- sh -c "echo gone; kill -TERM \$\$"; exit $?' \
    "$run" "$image"
expect_error 'a missing command' 49 'cannot run "bogus" .*' \
    "$run" "$image" -- bogus
expect_error 'a missing image' 31 'cannot find image .*' \
    "$run" /no/such/image -- true
expect '--uid and --gid' 0 'uid=12 gid=34.*' \
    "$run" --no-passwd -u 12 -g 34 "$image" -- \
    sh -c 'echo "uid=$(id -u) gid=$(id -g)"'
expect 'a read-only image' 0 refused \
    "$run" "$image" -- sh -c 'echo >/new || echo refused'
expect '--write-fake' 0 written \
    "$run" --write-fake "$image" -- sh -c 'echo >/new && echo written'
expect '--bind' 0 'in the image' \
    sh -c 'echo "in the image" >"$2/bound" &&
        exec "$0" -b "$2:/new/place" "$1" -- cat /new/place/bound' \
    "$run" "$image" "$work"

# --- a SquashFS file -----------------------------------------------------------
if ! command -v mksquashfs >/dev/null; then
    skip 'SquashFS images' 'mksquashfs is not installed'
    echo "1..$count"
    exit $failed
fi
mksquashfs "$image" "$work/image.sqfs" -noappend -quiet -no-progress \
    >"$work/output" 2>&1 || exit 99
expect 'a SquashFS file' 0 hello "$run" "$work/image.sqfs" -- echo hello
expect 'a SquashFS file, again' 0 hello "$run" "$work/image.sqfs" -- echo hello
expect_no_server
head -c 5000 "$work/image.sqfs" >"$work/short.sqfs"
expect_error 'a truncated SquashFS file' 31 '.*truncated SquashFS image: .*' \
    "$run" "$work/short.sqfs" -- true
if [ "${CH_TEST_SQUASH:-no}" = yes ] && [ -w /dev/fuse ]; then
    expect 'a SquashFS file is mounted' 0 '[0-9].* / / .* fuse.squashfuse_ll .*' \
        "$run" "$work/image.sqfs" -- cat /proc/self/mountinfo
    expect '-vv' 0 "ch-run\[[0-9]*\]: unmounting: $work/image.sqfs (.*)" \
        "$run" -vv "$work/image.sqfs" -- true
    (timeout -s KILL 1 "$run" "$work/image.sqfs" -- sleep 60) 2>/dev/null
    expect_no_server
else
    expect 'a SquashFS file is unpacked' 0 '.*/unpacked' \
        find "$CH_IMAGE_STORAGE" -name unpacked
fi

echo "1..$count"
exit $failed
