#!/bin/sh
# Starts valkey as an unprivileged user, open to the other containers of its network.
set -e

# `docker run valkey --flag` and `docker run valkey /path/valkey.conf` mean the server.
case "${1:-}" in
    -* | *.conf) set -- valkey-server "$@" ;;
esac

if [ "$1" = valkey-server ]; then
    # Debian's build refuses every connection from outside unless a password is set; the official image does not.
    # A configuration file that says something about it keeps the last word, and so does a flag.
    shift
    case "${1:-}" in
        '' | -*) set -- valkey-server --protected-mode no "$@" ;;
        *)
            if [ -r "$1" ] && grep -qi '^[[:space:]]*protected-mode' "$1"; then
                set -- valkey-server "$@"
            else
                file=$1
                shift
                set -- valkey-server "$file" --protected-mode no "$@"
            fi
            ;;
    esac
    [ "$(umask)" != 0022 ] || umask 0077 # what it writes is nobody else's business
    if [ "$(id -u)" = 0 ]; then
        find . ! -user valkey -exec chown valkey {} +
        exec setpriv --reuid=valkey --regid=valkey --init-groups -- "$@"
    fi
fi

exec "$@"
