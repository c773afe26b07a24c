# Configure and build, in this folder, whatever an earlier build left in it.

# Written after a build: what it was made by. Objects of another compiler,
# distribution or Node.js are not built upon.
built_by=build-aux/built-by

# Things that would make a later step fail in a way that is hard to read.
check_tree()
{
    case $PWD in
    *[!A-Za-z0-9/._+,:@%=-]*) fail \
        "cannot build in \"$PWD\": the Autotools take no such path" \
        'move this folder to a path of letters, digits and . _ + , : @ % = -' ;;
    esac
    foreign=$(find . -path ./.git -prune -o ! -writable ! -type l -print \
        -quit 2>/dev/null || :)
    if [ -n "$foreign" ]; then
        fail "cannot write \"$PWD/${foreign#./}\"" \
            'build as the user who owns this folder, or in a copy of your own'
    fi
}

build_tree()
{
    if ! is_release; then
        fetch_npm_packages
        logged './autogen.sh' ./autogen.sh --no-npm
    fi
    logged './configure' ./configure \
        --with-node="$node" --with-node-headers="$node_prefix"
    sed -n '/^use sqfs workflow/,/^$/p' "$setup_log" | sed 's/^/    /; /^ *$/d'
    if [ "$(fingerprint)" != "$(cat $built_by 2>/dev/null)" ]; then
        make -s clean >/dev/null 2>&1 || :
    fi
    logged 'make' make -j"$(nproc)"
    fingerprint >$built_by
}

# A release tarball has been through npm and the Autotools already; "make dist"
# gave it what it needs of node_modules.
is_release()
{
    [ -d vendor/node-addon-api ]
}

# What package-lock.json names, unless it is there already.
fetch_npm_packages()
{
    have=node_modules/.charliecloud
    want="$(uname -m) $(cksum <package-lock.json)"
    if [ "$(cat $have 2>/dev/null)" = "$want" ]; then
        return 0
    fi
    # These run with the Node.js chosen above, whatever npm itself runs with.
    logged 'npm ci' env npm_config_engine_strict=false npm ci \
        --no-audit --no-fund --ignore-scripts
    echo "$want" >$have
}

fingerprint()
{
    (. /etc/os-release && echo "$ID ${VERSION_ID:-}")
    uname -m
    gcc --version | head -n 1
    "$node" --version
    ./config.status --config
    cksum <config.h
}

# logged TITLE COMMAND...: its output only if it fails.
logged()
{
    say "$1"
    shift
    if ! "$@" >"$setup_log" 2>&1 </dev/null; then
        tail -n 40 "$setup_log" >&2
        fail "failed: $*"
    fi
}
