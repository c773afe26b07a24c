# How the set-up speaks: a line per step, and errors that end it.

say()
{
    printf '==> %s\n' "$*"
}

# note TEXT: something about the step before.
note()
{
    printf '    %s\n' "$*"
}

# fail MESSAGE [HINT]
fail()
{
    printf '%s: error: %s\n' "${0##*/}" "$1" >&2
    [ $# -lt 2 ] || printf '%s: hint: %s\n' "${0##*/}" "$2" >&2
    exit 1
}

# remove_at_exit PATH
remove_at_exit()
{
    temporary="${temporary:-} $1"
    trap 'rm -rf $temporary' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}
