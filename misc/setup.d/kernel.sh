# What this machine's kernel must grant an ordinary user: user namespaces for
# any image, and for images in SquashFS form what FUSE needs.

prepare_kernel()
{
    say 'user namespaces and /dev/fuse'
    allow_user_namespaces
    open_dev_fuse
    link_mount_table
}

allow_user_namespaces()
{
    if apparmor_restricts_namespaces; then
        load_apparmor_profile
    elif ! unshare --user --map-root-user --mount true 2>/dev/null; then
        note 'user namespaces do not work here: images will not run'
        explain_namespaces
    fi
}

# Ubuntu since 23.10 gives user namespaces only to programs with a profile
# that says so. Root and its programs are not asked.
apparmor_restricts_namespaces()
{
    switch=/proc/sys/kernel/apparmor_restrict_unprivileged_userns
    ! is_root && [ "$(cat $switch 2>/dev/null)" = 1 ]
}

# A profile for every ch-run below this folder, until the next boot: nothing
# is written to /etc. Installations get theirs from their package.
load_apparmor_profile()
{
    note "AppArmor restricts user namespaces: allowing them to ch-run in $PWD"
    apparmor_profile >"$setup_log"
    if ! can_become_root || ! as_root apparmor_parser --replace \
        --skip-cache "$setup_log" >/dev/null; then
        note 'cannot load a profile, which needs root: images will not run'
    fi
}

apparmor_profile()
{
    cat <<END
abi <abi/4.0>,
profile charliecloud-build-$(id -u) "$PWD/{,**/}ch-{run,checkns}" flags=(unconfined) {
  userns,
}
END
}

# The switches that turn user namespaces off, for whoever can turn them on.
explain_namespaces()
{
    for name in user/max_user_namespaces kernel/unprivileged_userns_clone; do
        if [ "$(cat "/proc/sys/$name" 2>/dev/null)" = 0 ]; then
            note "root can allow them: sysctl -w $(echo $name | tr / .)=10000"
        fi
    done
}

open_dev_fuse()
{
    if [ ! -e /dev/fuse ]; then
        note 'there is no /dev/fuse: SquashFS images will be unpacked to run'
    elif [ ! -r /dev/fuse ] || [ ! -w /dev/fuse ] || is_closed_to_others; then
        note '/dev/fuse is for root only: giving it mode 0666, as distributions do'
        { can_become_root && as_root chmod 0666 /dev/fuse; } ||
            note 'cannot: SquashFS images will be unpacked to run'
    fi
}

# Root always may, but whoever it builds for should, too.
is_closed_to_others()
{
    is_root && [ "$(stat -c %a /dev/fuse)" != 666 ]
}

# fusermount3, which ch-umount calls, reads /etc/mtab. Every booted system has
# the link, a root made by debootstrap has not.
link_mount_table()
{
    if [ ! -e /etc/mtab ] && can_become_root; then
        note 'there is no /etc/mtab: making the usual link'
        as_root ln -s ../proc/self/mounts /etc/mtab
    fi
}
