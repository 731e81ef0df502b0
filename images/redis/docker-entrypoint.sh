#!/bin/sh
# Starts redis as an unprivileged user, open to the other containers of its network.
set -e

# `docker run redis --flag` and `docker run redis /path/redis.conf` mean the server.
case "${1:-}" in
    -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "$1" = redis-server ]; then
    # Debian's build refuses every connection from outside unless a password is set; the official image does not.
    # A configuration file that says something about it keeps the last word, and so does a flag.
    shift
    case "${1:-}" in
        '' | -*) set -- redis-server --protected-mode no "$@" ;;
        *)
            if [ -r "$1" ] && grep -qi '^[[:space:]]*protected-mode' "$1"; then
                set -- redis-server "$@"
            else
                file=$1
                shift
                set -- redis-server "$file" --protected-mode no "$@"
            fi
            ;;
    esac
    [ "$(umask)" != 0022 ] || umask 0077 # what it writes is nobody else's business
    if [ "$(id -u)" = 0 ]; then
        find . ! -user redis -exec chown redis {} +
        exec setpriv --reuid=redis --regid=redis --init-groups -- "$@"
    fi
fi

exec "$@"
