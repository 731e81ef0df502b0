#!/usr/bin/env bash
# Initialises the data directory on the first start, then becomes the server.
# While it initialises, a temporary server listens on the unix socket only: nothing outside can take it for the real one.
set -Eeuo pipefail

die() {
    printf '%s\n' "$@" >&2
    exit 1
}

# from_file NAME: takes the value of NAME from the file that NAME_FILE names (secrets are mounted as files).
from_file() {
    local name=$1 file_name="${1}_FILE"
    [ -n "${!file_name:-}" ] || return 0
    [ -z "${!name:-}" ] || die "error: both $name and $file_name are set"
    export "$name"="$(<"${!file_name}")"
    unset "$file_name"
}

refuse_without_password() {
    [ -z "${POSTGRES_PASSWORD:-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ] || return 0
    # shellcheck disable=SC2016 # the backquotes are text
    die 'Error: Database is uninitialized and superuser password is not specified.' \
        '       Set POSTGRES_PASSWORD to a non-empty value, for instance with' \
        '       `docker run -e POSTGRES_PASSWORD=…`, or let everybody in without a' \
        '       password with POSTGRES_HOST_AUTH_METHOD=trust.'
}

# Over the unix socket whatever the environment says: it is the temporary server that is meant.
sql() { PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" "$@"; }

# docker_process_sql is the name that initialisation scripts know from the official image.
docker_process_sql() { sql --dbname "$POSTGRES_DB" "$@"; }

create_cluster() {
    local extra=()
    # An arbitrary `--user` has no name, and initdb insists on one: lend it one.
    if ! getent passwd "$(id -u)" >/dev/null; then
        export NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP LD_PRELOAD
        NSS_WRAPPER_PASSWD=$(mktemp) NSS_WRAPPER_GROUP=$(mktemp)
        LD_PRELOAD=$(find /usr/lib -name libnss_wrapper.so | head -n 1)
        printf 'postgres:x:%s:%s::/var/lib/postgresql:/bin/false\n' "$(id -u)" "$(id -g)" >"$NSS_WRAPPER_PASSWD"
        printf 'postgres:x:%s:\n' "$(id -g)" >"$NSS_WRAPPER_GROUP"
    fi
    [ -z "${POSTGRES_INITDB_WALDIR:-}" ] || extra+=(--waldir "$POSTGRES_INITDB_WALDIR")
    # The arguments are words for a shell, quotes included: that is how the variable is written in Compose files.
    eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") "${extra[@]}" '"${POSTGRES_INITDB_ARGS:-}"
    unset LD_PRELOAD
    # Whatever initdb allows from inside the container, connections from outside must show a password.
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption -D "$PGDATA")}" \
        >>"$PGDATA/pg_hba.conf"
}

run_init_file() {
    case "$1" in
        *.sh)
            if [ -x "$1" ]; then
                echo "$0: running $1"
                "$1"
            else
                echo "$0: sourcing $1"
                # shellcheck source=/dev/null
                . "$1"
            fi
            ;;
        *.sql) echo "$0: running $1" && docker_process_sql -f "$1" ;;
        *.sql.gz) echo "$0: running $1" && gunzip -c "$1" | docker_process_sql ;;
        *.sql.xz) echo "$0: running $1" && xz -dc "$1" | docker_process_sql ;;
        *.sql.zst) echo "$0: running $1" && zstd -dc "$1" | docker_process_sql ;;
        *) echo "$0: ignoring $1" ;;
    esac
    echo
}

initialise() {
    refuse_without_password
    create_cluster
    PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD} && export PGPASSWORD
    # The server's own arguments count here too (an extension to preload, say); ours come last and win.
    local options
    printf -v options '%q ' "${@:2}" -c listen_addresses= -p "${PGPORT:-5432}"
    NOTIFY_SOCKET='' pg_ctl -D "$PGDATA" -w -o "$options" start
    if ! sql --dbname postgres --tuples-only --no-align --set db="$POSTGRES_DB" \
        <<<"select 1 from pg_database where datname = :'db'" | grep -q 1; then
        sql --dbname postgres --set db="$POSTGRES_DB" <<<'create database :"db"'
    fi
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        [ ! -f "$file" ] || run_init_file "$file"
    done
    pg_ctl -D "$PGDATA" -m fast -w stop
    unset PGPASSWORD
    echo
    echo 'PostgreSQL init process complete; ready for start up.'
    echo
}

# `docker run postgres -c name=value` means the server.
[ "${1:0:1}" != - ] || set -- postgres "$@"
[ "${1:-}" = postgres ] || exec "$@"
for argument; do
    case "$argument" in
        -\? | --help | --describe-config | -V | --version) exec "$@" ;;
    esac
done

mkdir -p "$PGDATA" /run/postgresql
chmod 700 "$PGDATA" 2>/dev/null || true
chmod 3775 /run/postgresql 2>/dev/null || true
if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then mkdir -p "$POSTGRES_INITDB_WALDIR"; fi
if [ "$(id -u)" = 0 ]; then
    for directory in "$PGDATA" /run/postgresql ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"}; do
        find "$directory" ! -user postgres -exec chown postgres {} +
    done
    # From the top again, as the user that owns the data.
    export HOME=/var/lib/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$0" "$@"
fi

for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS; do from_file "$name"; done
export POSTGRES_USER="${POSTGRES_USER:-postgres}" POSTGRES_PASSWORD="${POSTGRES_PASSWORD:-}"
export POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"

if [ -s "$PGDATA/PG_VERSION" ]; then
    echo
    echo 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
    echo
else
    initialise "$@"
fi

exec "$@"
