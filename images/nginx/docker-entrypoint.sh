#!/bin/sh
# Runs what lies in /docker-entrypoint.d before the server starts: *.envsh are sourced, executable *.sh are run.
set -e

if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
    find /docker-entrypoint.d/ -follow -type f | sort -V >/tmp/entrypoint-files
    while read -r file; do
        case "$file" in
            *.envsh | *.sh)
                if [ ! -x "$file" ]; then
                    echo "$0: ignoring $file, which is not executable" >&2
                elif [ "${file##*.}" = envsh ]; then
                    # shellcheck source=/dev/null
                    . "$file"
                else
                    "$file" </dev/null
                fi
                ;;
        esac
    done </tmp/entrypoint-files
    rm -f /tmp/entrypoint-files
fi

exec "$@"
