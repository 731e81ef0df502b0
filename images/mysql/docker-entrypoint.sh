#!/usr/bin/env bash
# Initialises the data directory on the first start, then becomes the server.
# While it initialises, a temporary server listens on the unix socket only: nothing outside can take it for the real one.
set -Eeuo pipefail

note() { printf '%s [Note] [Entrypoint]: %s\n' "$(date --rfc-3339=seconds)" "$*"; }
die() {
    printf '%s [ERROR] [Entrypoint]: %s\n' "$(date --rfc-3339=seconds)" "$1" >&2
    [ $# = 1 ] || printf '\t%s\n' "${@:2}" >&2
    exit 1
}

# setting NAME: gives the variable its value, from itself or from the file that NAME_FILE names.
setting() {
    local file=${1}_FILE
    if [ -n "${!file:-}" ]; then
        [ -z "${!1:-}" ] || die "Both $1 and $file are set"
        printf -v "$1" '%s' "$(<"${!file}")"
    fi
    printf -v "$1" '%s' "${!1:-}"
    export "${1?}"
}

quoted() {
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\'\'}"
}
# shellcheck disable=SC2016 # the backquotes are SQL's
named() { printf '`%s`' "${1//\`/\`\`}"; }

socket=/var/run/mysqld/mysqld.sock
root_password=
sql() { MYSQL_PWD=$root_password mysql --protocol=socket --socket="$socket" --user=root "$@"; }
# shellcheck disable=SC2120 # the name that initialisation scripts, sourced below, know from the official image
docker_process_sql() { sql --comments ${MYSQL_DATABASE:+--database="$MYSQL_DATABASE"} "$@"; }

initialise() {
    note 'Initializing database files'
    "$@" --initialize-insecure --default-time-zone=SYSTEM
    note 'Starting temporary server'
    "$@" --daemonize --skip-networking --socket="$socket" --pid-file=/var/run/mysqld/temporary.pid
    local random=
    if [ -n "${MYSQL_RANDOM_ROOT_PASSWORD:-}" ]; then
        random=$(head -c 24 /dev/urandom | base64)
        MYSQL_ROOT_PASSWORD=$random
        note "GENERATED ROOT PASSWORD: $random"
    fi
    {
        echo "set @@session.sql_log_bin = 0;"
        echo "alter user 'root'@'localhost' identified by $(quoted "$MYSQL_ROOT_PASSWORD");"
        local host=${MYSQL_ROOT_HOST-%}
        if [ -n "$host" ] && [ "$host" != localhost ]; then
            echo "create user 'root'@$(quoted "$host") identified by $(quoted "$MYSQL_ROOT_PASSWORD");"
            echo "grant all on *.* to 'root'@$(quoted "$host") with grant option;"
        fi
        [ -z "$MYSQL_DATABASE" ] || echo "create database if not exists $(named "$MYSQL_DATABASE");"
        if [ -n "$MYSQL_USER" ] && [ -n "$MYSQL_PASSWORD" ]; then
            echo "create user $(quoted "$MYSQL_USER")@'%' identified by $(quoted "$MYSQL_PASSWORD");"
            [ -z "$MYSQL_DATABASE" ] || echo "grant all on $(named "${MYSQL_DATABASE//_/\\_}").* to $(quoted "$MYSQL_USER")@'%';"
        fi
    } | sql
    root_password=$MYSQL_ROOT_PASSWORD
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        [ -e "$file" ] || continue
        note "running $file"
        # shellcheck disable=SC1090 # the user's own
        case $file in
            *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
            *.sql) docker_process_sql <"$file" ;;
            *.sql.gz) gunzip -c "$file" | docker_process_sql ;;
            *) note "ignoring $file" ;;
        esac
    done
    note 'Stopping temporary server'
    sql --execute shutdown
    while [ -e /var/run/mysqld/temporary.pid ]; do sleep 0.05; done
    note 'MySQL init process done. Ready for start up.'
}

[[ ${1:-} == -* ]] && set -- mysqld "$@"
if [ "${1:-}" = mysqld ]; then
    if [ "$(id -u)" = 0 ]; then
        find /var/lib/mysql \! -user mysql -exec chown mysql {} +
        exec setpriv --reuid=mysql --regid=mysql --init-groups -- "$0" "$@"
    fi
    for name in MYSQL_ROOT_PASSWORD MYSQL_DATABASE MYSQL_USER MYSQL_PASSWORD; do setting "$name"; done
    if [ ! -d /var/lib/mysql/mysql ]; then
        [ -n "$MYSQL_ROOT_PASSWORD${MYSQL_ALLOW_EMPTY_PASSWORD:-}${MYSQL_RANDOM_ROOT_PASSWORD:-}" ] \
            || die 'Database is uninitialized and password option is not specified' \
                'You need to specify one of MYSQL_ROOT_PASSWORD, MYSQL_ALLOW_EMPTY_PASSWORD and MYSQL_RANDOM_ROOT_PASSWORD'
        initialise "$@"
    fi
fi
exec "$@"
