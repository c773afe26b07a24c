# The few steps that need root: directly if we are root, else by sudo.

is_root()
{
    [ "$(id -u)" -eq 0 ]
}

can_become_root()
{
    is_root || command -v sudo >/dev/null 2>&1
}

# as_root COMMAND...: standard input is left to sudo's question only.
as_root()
{
    if is_root; then
        "$@" </dev/null
    else
        sudo -- "$@"
    fi
}
