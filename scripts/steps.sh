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

# need_engine SCRIPT ARGUMENT…: makes sure that an engine answers us. Where we were given the right to use it only now,
# the group does not count yet in this session: SCRIPT starts again with it.
need_engine() {
    "${BASH_SOURCE[0]%/*}/engine" || exit 1
    docker version >/dev/null 2>&1 && return
    if [ -n "${DEVSTACK_REGROUPED:-}" ] || ! command -v sg >/dev/null; then fail "the engine does not answer this user"; fi
    DEVSTACK_REGROUPED=1 exec sg docker -c "$(printf '%q ' "$@")"
}

# need_cargo COMPONENT…: Rust is what people bring along; the linker that it needs is not.
need_cargo() {
    command -v cargo >/dev/null || PATH=$HOME/.cargo/bin:$PATH
    command -v cargo >/dev/null || fail "cargo is missing: install Rust first (https://rustup.rs)"
    command -v cc >/dev/null || need_packages gcc libc6-dev
    local component
    for component; do
        cargo "$component" --version >/dev/null 2>&1 || rustup component add "${component/fmt/rustfmt}" >&2 \
            || fail "\`cargo $component\` is missing, and rustup cannot add it"
    done
}

# section TITLE COMMAND…: runs it below a heading and says how long it took; ends the script if it fails.
section() {
    local begin=$SECONDS
    printf '\n=== %s\n' "$1" >&2
    "${@:2}" || fail "$1: failed after $((SECONDS - begin)) s"
    printf '=== %s: %d s\n' "$1" $((SECONDS - begin)) >&2
}
