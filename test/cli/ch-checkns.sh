#!/bin/sh
# ch-checkns, as installed: each cause that it tells apart is made to occur, in
# namespaces of our own, and the line that names it is compared. TAP output.
#
# $CH_STAGE_BIN is the directory of the installed programs, $CH_BUILD_DIR that
# of deny-syscall. Started by root, it runs as an ordinary user; the cases that
# need root are skipped otherwise, with the reason. That user may not reach the
# build directory, so both programs are copied.
set -u

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
checkns=$work/ch-checkns
deny=$work/deny-syscall
cp "${CH_STAGE_BIN:?}/ch-checkns" "$work" || exit 99
[ ! -e "${CH_BUILD_DIR:?}/deny-syscall" ] ||
    cp "$CH_BUILD_DIR/deny-syscall" "$work" || exit 99
count=0
failed=0

as_user() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid 12345 --regid 12345 --clear-groups "$@"
    else
        "$@"
    fi
}

pass() {
    count=$((count + 1))
    echo "ok $count - $1"
}

skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

fail() {
    count=$((count + 1))
    failed=1
    echo "not ok $count - $1"
    sed 's/^/# /' "$work/output"
}

# need_deny TITLE: skip the case if there is no deny-syscall.
need_deny() {
    [ -x "$deny" ] && return 0
    skip "$1" 'deny-syscall is not in this build: no seccomp headers'
    return 1
}

# expect TITLE STATUS PATTERN COMMAND...: an ordinary user runs COMMAND; the
# status is STATUS and a line of its output begins with PATTERN, a basic
# regular expression.
expect() {
    title=$1 wanted=$2 pattern=$3
    shift 3
    [ "$1" != "$deny" ] || need_deny "$title" || return 0
    as_user "$@" >"$work/output" 2>&1
    status=$?
    if [ "$status" != "$wanted" ]; then
        echo "exit status $status instead of $wanted" >>"$work/output"
        fail "$title"
    elif ! grep -q "^$pattern" "$work/output"; then
        echo "no line begins with: $pattern" >>"$work/output"
        fail "$title"
    else
        pass "$title"
    fi
}

# expect_inside TITLE STATUS PATTERN SCRIPT: SCRIPT runs as root of new user
# and mount namespaces, with ch-checkns and deny-syscall as $1 and $2 and an
# empty directory as $3.
expect_inside() {
    title=$1 wanted=$2 pattern=$3 script=$4
    case $script in *'"$2"'*) need_deny "$title" || return 0 ;; esac
    mkdir -p "$work/empty"
    expect "$title" "$wanted" "$pattern" \
        unshare -Urm sh -c "$script" sh "$checkns" "$deny" "$work/empty"
}

filter='a system call filter (seccomp) is in force and forbids it (whoever'

# --- the command line ---------------------------------------------------------
expect '--version prints the version' 0 '[0-9][0-9]*\.[0-9.]*$' \
    "$checkns" --version
expect '--help prints the options' 0 '  -q, --quiet$' "$checkns" --help
expect 'an unknown option is refused' 64 \
    'ch-checkns\[[0-9]*\]: error: unknown option or argument "--no"$' \
    "$checkns" --no
expect 'an argument is refused' 64 \
    'ch-checkns\[[0-9]*\]: error: unknown option or argument "image"$' \
    "$checkns" image
expect '-q and -v exclude each other' 64 \
    'ch-checkns\[[0-9]*\]: error: options "--quiet" and "--verbose" exclude' \
    "$checkns" -q -v
expect 'output that cannot be written is an error' 1 \
    'ch-checkns\[[0-9]*\]: error: cannot write the result: No space left' \
    sh -c 'exec "$1" >/dev/full' sh "$checkns"
expect 'a process that cannot be started is an error' 1 \
    'ch-checkns\[[0-9]*\]: error: cannot start a process: ' \
    prlimit --nproc=1 "$checkns"

if ! as_user unshare -Urm true 2>/dev/null; then
    skip 'everything else' 'no user namespaces on this host'
    echo "1..$count"
    exit $failed
fi

# --- a host where all is well -------------------------------------------------
expect 'a directory image can run here' 0 'directory images can run: yes$' \
    "$checkns"
expect 'an empty environment is enough' 0 'pivot_root \.\.\. ok$' \
    env -i "$checkns"
expect 'old kernels: neither clone3 nor openat2 nor close_range is used' 0 \
    'directory images can run: yes$' \
    "$deny" clone3 ENOSYS -- "$deny" openat2 ENOSYS -- \
    "$deny" close_range ENOSYS -- "$checkns"

title='-q prints nothing'
as_user "$checkns" -q >"$work/output" 2>&1 && [ ! -s "$work/output" ] &&
    pass "$title" || fail "$title"
title='-q prints nothing when something is missing'
as_user unshare -U "$checkns" -q >"$work/output" 2>&1
[ $? = 1 ] && [ ! -s "$work/output" ] && pass "$title" || fail "$title"

title='no mount is left behind'
sort /proc/self/mountinfo >"$work/before"
as_user "$checkns" >"$work/output" 2>&1
sort /proc/self/mountinfo >"$work/after"
if diff "$work/before" "$work/after" >>"$work/output"; then
    pass "$title"
else
    fail "$title"
fi

# --- user namespaces ----------------------------------------------------------
expect_inside 'user.max_user_namespaces = 0' 1 \
    'user namespace \.\.\. no: .* user.max_user_namespaces is 0 (the administrator can fix it: sysctl -w user.max_user_namespaces=65536)$' \
    'echo 0 >/proc/sys/user/max_user_namespaces && exec "$1"'
expect_inside 'what needs a missing feature is not tried' 1 \
    'user and group id maps \.\.\. no: needs "user namespace"$' \
    'echo 0 >/proc/sys/user/max_user_namespaces && exec "$1"'
expect_inside 'user.max_user_namespaces reached by nesting' 1 \
    'nested user namespace \.\.\. no: too many user namespaces' \
    'echo 1 >/proc/sys/user/max_user_namespaces && exec "$1"'
expect_inside 'user.max_mnt_namespaces = 0' 1 \
    'mount namespace \.\.\. no: .* user.max_mnt_namespaces is reached (the administrator' \
    'echo 0 >/proc/sys/user/max_mnt_namespaces && exec "$1"'
expect 'a user namespace without id maps' 1 \
    'user namespace \.\.\. no: your user id is not mapped .*(you can fix it' \
    unshare -U "$checkns"
expect_inside 'kernel.unprivileged_userns_clone = 0' 1 \
    'user namespace \.\.\. no: .* kernel.unprivileged_userns_clone is 0 (the administrator can fix it: sysctl -w' \
    'mount -t tmpfs none /proc/sys/kernel &&
     echo 0 >/proc/sys/kernel/unprivileged_userns_clone &&
     exec "$2" unshare EPERM -- "$1"'
expect_inside 'AppArmor forbids to map ids' 1 \
    'user namespace \.\.\. no: AppArmor restricts .* (the administrator can fix it: an AppArmor profile' \
    'mount -t tmpfs none /proc/sys/kernel &&
     echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns &&
     exec "$2" unshare EACCES -- "$1"'
expect_inside 'AppArmor takes the capabilities away' 1 \
    'mount namespace \.\.\. no: AppArmor restricts ' \
    'mount -t tmpfs none /proc/sys/kernel &&
     echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns &&
     exec "$2" mount EACCES -- "$1"'
expect_inside 'a kernel without user namespaces' 1 \
    'user namespace \.\.\. no: this kernel has no user namespaces (the kernel.s builder can fix it: CONFIG_USER_NS=y)$' \
    'mount -t tmpfs none /proc/$$/ns && exec "$2" unshare EINVAL -- "$1"'
expect_inside 'a chroot' 1 \
    'user namespace \.\.\. no: this is a chroot, .*(you can fix it: ' \
    'mount -t tmpfs none "$3" && mkdir "$3/root" && cd "$3/root" &&
     for i in usr proc bin lib lib64 "${1%/*}"; do
         [ ! -e "/$i" ] || { mkdir -p "./$i" && mount --rbind "/$i" "./$i"; }
     done && exec chroot . "$1"'
if [ "${CH_TEST_KERNEL:-}" = 4.18 ]; then
    skip 'a chroot on a mount point' 'a system call filter is in force here'
else
    expect_inside 'a chroot on a mount point' 1 \
        'user namespace \.\.\. no: a chroot, or a security module, forbids it (' \
        'mount --rbind / "$3" && exec chroot "$3" "$1"'
fi
expect 'unshare filtered' 1 "user namespace \.\.\. no: $filter" \
    "$deny" unshare EPERM -- "$checkns"
expect 'unshare unknown' 1 "user namespace \.\.\. no: $filter" \
    "$deny" unshare ENOSYS -- "$checkns"
expect '-v shows the call and its error' 1 \
    '    unshare(CLONE_NEWUSER): Operation not permitted (errno 1)$' \
    "$deny" unshare EPERM -- "$checkns" -v
expect '/proc not mounted' 1 '/proc file system \.\.\. no: .*mount -t proc' \
    unshare -Urm sh -c 'mount -t tmpfs none /proc && exec "$1"' sh "$checkns"

# --- mounts -------------------------------------------------------------------
expect 'mount filtered' 1 "mount namespace \.\.\. no: $filter" \
    "$deny" mount EPERM -- "$checkns"
expect 'bind mounts filtered' 1 "bind mount \.\.\. no: $filter" \
    "$deny" mount:3=20480 EPERM -- "$checkns"
expect 'read-only remounts filtered' 1 \
    "read-only bind mount \.\.\. no: $filter" \
    "$deny" mount:3=4135 EACCES -- "$checkns"
expect 'pivot_root filtered' 1 "pivot_root \.\.\. no: $filter" \
    "$deny" pivot_root EPERM -- "$checkns"
expect 'umount2 filtered' 1 "pivot_root \.\.\. no: $filter" \
    "$deny" umount2 EPERM -- "$checkns"
expect 'an error without a known cause is shown as it is' 1 \
    'pivot_root \.\.\. no: pivot_root: Input/output error$' \
    "$deny" pivot_root EIO -- "$checkns"
expect 'EINVAL of pivot_root where the root is none of the kernel'"'"'s own' 1 \
    'pivot_root \.\.\. no: pivot_root: Invalid argument$' \
    "$deny" pivot_root EINVAL -- "$checkns"
expect_inside 'the root is an initramfs' 1 \
    'pivot_root \.\.\. no: the root .* initramfs (the administrator can fix it: boot' \
    'mount -t tmpfs none "$3" &&
     echo "1 1 0:2 / / rw - rootfs rootfs rw" >"$3/mountinfo" &&
     mount --bind "$3/mountinfo" /proc/$$/mountinfo &&
     exec "$2" pivot_root EINVAL -- "$1"'

# --- what a directory image can run without -----------------------------------
expect 'no overlayfs' 0 \
    'overlayfs \.\.\. no: .*(the administrator can fix it: modprobe overlay); without it: no ch-run --write-fake' \
    "$deny" mount:3=0 ENODEV -- "$checkns"
expect 'overlayfs forbidden, as before Linux 5.11' 0 \
    'overlayfs \.\.\. no: .* those before 5.11 .*(the administrator' \
    "$deny" mount:3=0 EPERM -- "$checkns"
expect 'tmpfs without user extended attributes' 0 \
    'tmpfs extended attributes \.\.\. no: .*Linux 6.6 .*; without it: ' \
    "$deny" setxattr EOPNOTSUPP -- "$checkns"
expect 'no_new_privs filtered' 1 "no_new_privs \.\.\. no: $filter" \
    "$deny" prctl EPERM -- "$checkns"
expect 'seccomp unknown to the kernel or to the build' 0 \
    'system call filters \.\.\. no: .*; without it: no root emulation' \
    "$deny" seccomp EINVAL -- "$checkns"

# --- FUSE ---------------------------------------------------------------------
expect_inside 'no /dev/fuse' 0 \
    '/dev/fuse \.\.\. no: there is no /dev/fuse (the administrator can fix it: mknod .*; without it: SquashFS images are unpacked' \
    'mount -t tmpfs none /dev && echo "nodev	fuse" >/dev/filesystems &&
     mount --bind /dev/filesystems /proc/filesystems && exec "$1"'
expect_inside 'no /dev/fuse: images are unpacked' 0 \
    'SquashFS images can run: yes, unpacked first$' \
    'mount -t tmpfs none /dev && exec "$1"'
expect_inside 'no FUSE in the kernel' 0 \
    '/dev/fuse \.\.\. no: .* its module is not loaded (the administrator can fix it: modprobe fuse)' \
    'mount -t tmpfs none /dev && >/dev/filesystems &&
     mount --bind /dev/filesystems /proc/filesystems && exec "$1"'
expect 'FUSE unknown to mount' 0 \
    'FUSE mount \.\.\. no: .*(the administrator can fix it: modprobe fuse)' \
    "$deny" mount:3=7 ENODEV -- "$checkns"
expect 'FUSE mounts forbidden, as before Linux 4.18' 0 \
    'FUSE mount \.\.\. no: .* those before 4.18 .*(the administrator' \
    "$deny" mount:3=7 EPERM -- "$checkns"

if [ ! -c /dev/fuse ]; then
    skip '/dev/fuse with a narrow mode' 'no /dev/fuse on this host'
    skip '/dev/fuse is not the device' 'no /dev/fuse on this host'
    skip '/dev/fuse on nodev' 'no /dev/fuse on this host'
else
    # A file of the host's root, which no ordinary user may read.
    expect_inside '/dev/fuse with a narrow mode' 0 \
        '/dev/fuse \.\.\. no: .* for everybody (the administrator can fix it: chmod 666 /dev/fuse)' \
        'mount --bind /etc/shadow /dev/fuse && exec "$1"'
    expect_inside '/dev/fuse is not the device' 0 \
        'FUSE mount \.\.\. no: /dev/fuse is not the FUSE device (' \
        'mount -t tmpfs none "$3" && >"$3/file" && chmod 666 "$3/file" &&
         mount --bind "$3/file" /dev/fuse && exec "$1"'
    if [ "$(stat -c %a /dev/fuse)" = 666 ]; then
        expect_inside '/dev/fuse on nodev' 0 \
            '/dev/fuse \.\.\. no: .* mounted with nodev (the administrator' \
            'mount --bind /dev/fuse /dev/fuse &&
             mount -o remount,bind,nodev /dev/fuse && exec "$1"'
    else
        skip '/dev/fuse on nodev' '/dev/fuse is not open to everybody'
    fi
fi

# As root: a device that no driver answers for, and one of root's own.
for device in 'c 10 250:666:the kernel has no FUSE, or its module' \
    'c 10 229:600:/dev/fuse is not readable and writable for everybody'; do
    node=${device%%:*} rest=${device#*:}
    title="/dev/fuse made by mknod -m ${rest%%:*} $node"
    if [ "$(id -u)" != 0 ]; then
        skip "$title" 'needs root to make a device'
        continue
    fi
    # shellcheck disable=SC2086 # the type and numbers of mknod are words
    unshare -m sh -c 'mount -t tmpfs none /dev && mknod -m "$2" /dev/fuse $3 &&
        exec setpriv --reuid 12345 --regid 12345 --clear-groups "$1"' \
        sh "$checkns" "${rest%%:*}" "$node" >"$work/output" 2>&1
    if grep -q "^/dev/fuse ... no: ${rest#*:}" "$work/output"; then
        pass "$title"
    else
        fail "$title"
    fi
done

echo "1..$count"
exit $failed
