# The distribution's packages. Three lists: what the build cannot do without,
# what it does without (SquashFS support and the tools of the SquashFS
# workflow), and what only the tests use. Node.js is node.sh's subject.

# install_packages FOR_TESTS
install_packages()
{
    detect_packager
    say "build dependencies ($packager_name)"
    [ "$packager" != none ] || return 0
    wanted="$(required_packages)"
    [ "$1" = no ] || wanted="$wanted $(test_packages)"
    optional=$(optional_packages)
    [ "$1" = no ] || optional="$optional $(optional_test_packages)"
    install_missing "$wanted" "$optional"
}

detect_packager()
{
    if command -v apt-get >/dev/null 2>&1; then
        packager=apt packager_name='apt-get'
    elif command -v dnf >/dev/null 2>&1; then
        packager=dnf packager_name='dnf'
    else
        packager=none packager_name='not installed by this script here'
    fi
}

required_packages()
{
    case $packager in
    apt) echo gcc g++ libc6-dev make autoconf automake pkg-config python3 \
        libarchive-dev zlib1g-dev libssl-dev util-linux xz-utils \
        ca-certificates ;;
    dnf) echo gcc gcc-c++ make autoconf automake pkgconf-pkg-config python3 \
        libarchive-devel zlib-devel openssl-devel util-linux findutils \
        diffutils tar gzip xz ca-certificates ;;
    esac
}

optional_packages()
{
    case $packager in
    apt) echo libfuse3-dev libsquashfuse-dev fuse3 squashfs-tools \
        busybox-static libdeflate-dev libzstd-dev liblz4-dev liblzo2-dev \
        liblzma-dev libisal-dev libyaml-dev ;;
    dnf) echo fuse3-devel squashfuse-devel fuse3 squashfs-tools busybox \
        libdeflate-devel libzstd-devel lz4-devel lzo-devel xz-devel \
        isa-l-devel libyaml-devel ;;
    esac
}

test_packages()
{
    case $packager in
    apt) echo bzip2 zstd attr procps mandoc zsh fish openssl \
        docker-registry ;;
    dnf) echo bzip2 zstd attr procps-ng mandoc zsh openssl ;;
    esac
}

# The kernel headers of other processors: tables of ours are compared with them.
# Other programs that know images, and the schemas of these.
optional_test_packages()
{
    case $packager in
    apt) echo linux-libc-dev-arm64-cross linux-libc-dev-armhf-cross \
        linux-libc-dev-ppc64el-cross linux-libc-dev-riscv64-cross \
        linux-libc-dev-s390x-cross skopeo umoci podman buildah \
        btrfs-progs golang-github-opencontainers-image-spec-dev \
        python3-jsonschema ;;
    dnf) echo skopeo umoci podman buildah btrfs-progs ;;
    esac
}

# install_missing REQUIRED OPTIONAL: lists of package names
install_missing()
{
    missing=$(missing_of $1)
    optional=$(missing_of $2)
    if [ -z "$missing$optional" ]; then
        note 'all there'
        return 0
    fi
    if ! can_become_root; then
        [ -z "$missing" ] || fail "packages are missing: $missing" \
            "there is no sudo here; ask your administrator to install them"
        note "goes on without: $optional (there is no sudo to install them)"
        return 0
    fi
    refresh_package_lists
    available=$(available_of $optional)
    for package in $optional; do
        case " $available " in
        *" $package "*) ;;
        *) note "this distribution has no $package; the build goes on" ;;
        esac
    done
    install_now $missing $available
}

# install_now PACKAGE...
install_now()
{
    [ $# -gt 0 ] || return 0
    note "installing: $*"
    case $packager in
    apt) as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
        -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 \
        install --no-install-recommends "$@" >"$setup_log" 2>&1 ;;
    dnf) as_root dnf -q -y --setopt=install_weak_deps=False install "$@" \
        >"$setup_log" 2>&1 ;;
    esac || {
        tail -n 20 "$setup_log" >&2
        fail "cannot install packages: $packager_name failed"
    }
}

lists_are_fresh=no

refresh_package_lists()
{
    [ "$lists_are_fresh" = no ] || return 0
    lists_are_fresh=yes
    [ "$packager" = apt ] || return 0
    note 'reading the package lists'
    as_root apt-get -qq -o DPkg::Lock::Timeout=600 update \
        >"$setup_log" 2>&1 || note 'apt-get update failed; trying without'
}

missing_of()
{
    names=
    for package; do
        package_is_installed "$package" || names="$names $package"
    done
    echo $names
}

available_of()
{
    names=
    for package; do
        ! package_is_available "$package" || names="$names $package"
    done
    echo $names
}

package_is_installed()
{
    case $packager in
    apt) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" \
        = installed ] ;;
    dnf) rpm -q --whatprovides "$1" >/dev/null 2>&1 ;;
    esac
}

package_is_available()
{
    case $packager in
    apt) [ -n "$(candidate_version "$1")" ] ;;
    dnf) [ -n "$(dnf -q repoquery --whatprovides "$1" 2>/dev/null)" ] ;;
    esac
}

# candidate_version PACKAGE: what would be installed; empty if nothing.
candidate_version()
{
    case $packager in
    apt) LC_ALL=C apt-cache policy "$1" 2>/dev/null |
        sed -n 's/^  Candidate: //p' | grep -v -x '(none)' || : ;;
    dnf) dnf -q repoquery --latest-limit=1 --qf '%{version}\n' \
        --whatprovides "$1" 2>/dev/null | tail -n 1 ;;
    esac
}
