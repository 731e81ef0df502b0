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

# setting NAME: gives MARIADB_NAME its value, from itself, from MYSQL_NAME (the older spelling), or from the file that
# one of these with _FILE names (secrets are mounted as files).
setting() {
    local name=MARIADB_$1 old=MYSQL_$1 file variable
    for variable in "$name" "$old"; do
        file=${variable}_FILE
        if [ -n "${!file:-}" ]; then
            [ -z "${!variable:-}" ] || die "Both $variable and $file are set"
            printf -v "$variable" '%s' "$(<"${!file}")"
        fi
    done
    printf -v "$name" '%s' "${!name:-${!old:-}}"
    export "${name?}"
}

# quoted TEXT: as a string literal of SQL. named TEXT: as an identifier.
quoted() {
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\'\'}"
}
# shellcheck disable=SC2016 # the backquotes are SQL's
named() { printf '`%s`' "${1//\`/\`\`}"; }

# The root user of the temporary server; its password exists from the moment it is set below.
sql() { MYSQL_PWD=${root_password:-} mariadb --no-defaults --protocol=socket --socket="$socket" --user=root "$@"; }

# docker_process_sql is the name that initialisation scripts, sourced below, know from the official image.
# shellcheck disable=SC2120
docker_process_sql() { sql --comments ${MARIADB_DATABASE:+--database="$MARIADB_DATABASE"} "$@"; }

start_temporary_server() {
    note 'Starting temporary server'
    "$@" --skip-networking --socket="$socket" --wsrep-on=OFF --skip-slave-start --skip-log-bin \
        --loose-innodb-buffer-pool-load-at-startup=0 &
    server=$!
    local deadline=$((SECONDS + 120))
    until sql --execute 'select 1' >/dev/null 2>&1; do
        kill -0 "$server" 2>/dev/null || die 'The temporary server stopped'
        [ $SECONDS -lt $deadline ] || die 'The temporary server does not answer'
        sleep 0.1
    done
    note 'Temporary server started.'
}

stop_temporary_server() {
    note 'Stopping temporary server'
    kill "$server"
    wait "$server"
    note 'Temporary server stopped'
}

create_accounts() {
    if [ -n "$MARIADB_RANDOM_ROOT_PASSWORD" ]; then
        MARIADB_ROOT_PASSWORD=$(pwgen --numerals --capitalize 32 1)
        note "GENERATED ROOT PASSWORD: $MARIADB_ROOT_PASSWORD"
    fi
    local host=${MARIADB_ROOT_HOST:-%} health
    health=$(pwgen --numerals --capitalize 32 1)
    {
        # Accounts without a password that the installation leaves behind.
        printf "delete from global_priv where user in ('', 'root') and host <> 'localhost';\n"
        printf "delete from proxies_priv where host <> 'localhost'; flush privileges;\n"
        printf 'alter user root@localhost identified by %s;\n' "$(quoted "$MARIADB_ROOT_PASSWORD")"
        if [ "$host" != localhost ]; then
            printf 'create user root@%s identified by %s; grant all on *.* to root@%s with grant option;\n' \
                "$(quoted "$host")" "$(quoted "$MARIADB_ROOT_PASSWORD")" "$(quoted "$host")"
        fi
        # For healthcheck.sh: may connect, and nothing else.
        for host in localhost 127.0.0.1 ::1; do
            printf 'create user healthcheck@%s identified by %s;\n' "$(quoted "$host")" "$(quoted "$health")"
        done
        if [ -n "$MARIADB_DATABASE" ]; then
            printf 'create database if not exists %s;\n' "$(named "$MARIADB_DATABASE")"
        fi
        if [ -n "$MARIADB_USER" ] && [ -n "$MARIADB_PASSWORD" ]; then
            printf 'create user %s@%s identified by %s;\n' "$(quoted "$MARIADB_USER")" "'%'" "$(quoted "$MARIADB_PASSWORD")"
            if [ -n "$MARIADB_DATABASE" ]; then
                # An underscore is a wildcard in the name of a granted database, hence its backslash.
                local database=${MARIADB_DATABASE//_/\\_}
                printf 'grant all on %s.* to %s@%s;\n' "$(named "$database")" "$(quoted "$MARIADB_USER")" "'%'"
            fi
        fi
    } | sql --database=mysql --binary-mode
    root_password=$MARIADB_ROOT_PASSWORD
    (umask 077 && printf '[mariadb-client]\nport=3306\nsocket=%s\nuser=healthcheck\npassword=%s\n' "$socket" "$health" \
        >"$data/.my-healthcheck.cnf")
}

# shellcheck disable=SC2119 # no arguments of ours are meant for docker_process_sql
run_init_file() {
    case "$1" in
        *.sh)
            if [ -x "$1" ]; then
                note "$0: running $1"
                "$1"
            else
                note "$0: sourcing $1"
                # shellcheck source=/dev/null
                . "$1"
            fi
            ;;
        *.sql) note "$0: running $1" && docker_process_sql <"$1" ;;
        *.sql.gz) note "$0: running $1" && gunzip -c "$1" | docker_process_sql ;;
        *.sql.xz) note "$0: running $1" && xz -dc "$1" | docker_process_sql ;;
        *.sql.zst) note "$0: running $1" && zstd -dc "$1" | docker_process_sql ;;
        *) note "$0: ignoring $1" ;;
    esac
}

initialise() {
    if [ -z "$MARIADB_ROOT_PASSWORD$MARIADB_ALLOW_EMPTY_ROOT_PASSWORD$MARIADB_RANDOM_ROOT_PASSWORD" ]; then
        die 'Database is uninitialized and password option is not specified' \
            'You need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD'
    fi
    if [ "$MARIADB_USER" = root ]; then die 'MARIADB_USER is root, which exists already: set MARIADB_ROOT_PASSWORD for it'; fi
    note 'Initializing database files'
    mariadb-install-db --datadir="$data" --rpm --auth-root-authentication-method=normal --skip-test-db \
        --skip-log-bin --loose-innodb-buffer-pool-dump-at-shutdown=0 "${@:2}" >/dev/null
    note 'Database files initialized'
    start_temporary_server "$@"
    if [ -z "$MARIADB_INITDB_SKIP_TZINFO" ]; then
        mariadb-tzinfo-to-sql /usr/share/zoneinfo 2>/dev/null | sql --database=mysql
    fi
    create_accounts
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        [ ! -f "$file" ] || run_init_file "$file"
    done
    stop_temporary_server
    note 'MariaDB init process done. Ready for start up.'
}

# `docker run mariadb --flag` means the server, and so does its older name.
[ "${1:0:1}" != - ] || set -- mariadbd "$@"
[ "${1:-}" != mysqld ] || set -- mariadbd "${@:2}"
[ "${1:-}" = mariadbd ] || exec "$@"
for argument; do
    case "$argument" in
        -\? | --help | -V | --version | --print-defaults) exec "$@" ;;
    esac
done

# The server's own answer, since a flag and every configuration file may say otherwise.
settings=$("$@" --verbose --help 2>/dev/null) || { "$@" --verbose --help >/dev/null || die "mariadbd does not accept its arguments"; }
effective() { awk -v name="$1" 'index($0, name " ") == 1 { print $2 }' <<<"$settings"; }
data=$(effective datadir) data=${data%/}
socket=$(effective socket)

mkdir -p "$data" "${socket%/*}"
if [ "$(id -u)" = 0 ]; then
    find "$data" "${socket%/*}" ! -user mysql -exec chown mysql: {} +
    # From the top again, as the user that owns the data.
    export HOME=/var/lib/mysql
    exec setpriv --reuid=mysql --regid=mysql --init-groups -- "$0" "$@"
fi

for name in ROOT_PASSWORD ALLOW_EMPTY_ROOT_PASSWORD RANDOM_ROOT_PASSWORD ROOT_HOST DATABASE USER PASSWORD \
    INITDB_SKIP_TZINFO; do
    setting "$name"
done
# The one name whose older spelling is not the same but for its first word.
export MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=${MARIADB_ALLOW_EMPTY_ROOT_PASSWORD:-${MYSQL_ALLOW_EMPTY_PASSWORD:-}}

if [ -d "$data/mysql" ]; then
    note 'Data directory is initialised, starting'
else
    initialise "$@"
fi

exec "$@"
