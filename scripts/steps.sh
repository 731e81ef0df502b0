# shellcheck shell=bash
# What every script here needs: one line for each step, root rights where apt needs them, packages.
# Sourced, never run.

# say TEXT: one step, to stderr, since stdout belongs to results that other programs read.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# fail TEXT: says why and ends the script.
fail() {
    say "error: $*"
    exit 1
}

# as_root COMMAND…: runs it with root rights, through sudo where we are somebody else.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "\`$1\` needs root rights: run this as root, or install sudo"
    fi
}

# need_packages PACKAGE…: installs those that are missing; nothing is asked and nothing else is added.
need_packages() {
    local package missing=()
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "please install: ${missing[*]} (no apt-get on this machine)"
    say "installing ${missing[*]}"
    local log
    log=$(mktemp)
    # Old lists name packages that the mirror no longer has; none at all is how fresh containers come.
    if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qy --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        fail "apt-get could not install ${missing[*]} (its whole output: $log)"
    fi
    rm -f "$log"
}
