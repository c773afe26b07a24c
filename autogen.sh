#!/bin/sh
# Prepare a Git checkout for ./configure: npm's build dependencies (exactly
# those of package-lock.json), then the Autotools. A release tarball needs
# neither.
#
#   ./autogen.sh            both
#   ./autogen.sh --no-npm   the Autotools only, for ./configure --disable-front-ends
set -eu
cd "$(dirname "$0")"
case "${1:-}" in
'') npm ci --no-audit --no-fund --ignore-scripts ;;
--no-npm) ;;
*) echo "usage: ./autogen.sh [--no-npm]" >&2; exit 2 ;;
esac
mkdir -p m4
autoreconf --install --force --warnings=all,no-portability
