#!/bin/bash
# Writes PgBouncer's configuration from the environment, unless there is one, then becomes PgBouncer.
# The database is DATABASE_URL, or DB_HOST, DB_PORT, DB_USER, DB_PASSWORD and DB_NAME. Settings have PgBouncer's names in
# capitals: POOL_MODE, MAX_CLIENT_CONN, ….
set -euo pipefail

folder=/etc/pgbouncer
settings=(
    auth_hba_file auth_query auth_user max_client_conn pool_mode default_pool_size min_pool_size reserve_pool_size
    reserve_pool_timeout max_db_connections max_user_connections server_round_robin max_prepared_statements
    application_name_add_host log_connections log_disconnections log_pooler_errors log_stats stats_period stats_users verbose
    server_reset_query server_reset_query_always server_check_delay server_check_query server_lifetime server_idle_timeout
    server_connect_timeout server_login_retry client_login_timeout query_timeout query_wait_timeout client_idle_timeout
    idle_transaction_timeout listen_backlog so_reuseport tcp_keepalive client_tls_sslmode client_tls_key_file
    client_tls_cert_file client_tls_ca_file server_tls_sslmode server_tls_ca_file server_tls_key_file server_tls_cert_file
)

# postgres://user:password@host:port/database
if [[ ${DATABASE_URL:-} =~ ^[a-z]+://(([^:@/]+)(:([^@]*))?@)?([^:/]+)(:([0-9]+))?(/([^?]+))? ]]; then
    DB_USER=${BASH_REMATCH[2]} DB_PASSWORD=${BASH_REMATCH[4]} DB_HOST=${BASH_REMATCH[5]}
    DB_PORT=${BASH_REMATCH[7]:-${DB_PORT:-5432}} DB_NAME=${BASH_REMATCH[9]}
fi

users=${AUTH_FILE:-$folder/userlist.txt}
[ -e "$users" ] || touch "$users"
if [ -n "${DB_USER:-}" ] && [ -n "${DB_PASSWORD:-}" ] && ! grep -qF -- "\"$DB_USER\" " "$users"; then
    case "${AUTH_TYPE:-md5}" in
        # PgBouncer needs the password itself to log in with it.
        plain | scram-sha-256) password=$DB_PASSWORD ;;
        *) password=md5$(printf %s "$DB_PASSWORD$DB_USER" | md5sum | cut -d ' ' -f 1) ;;
    esac
    printf '"%s" "%s"\n' "${DB_USER//\"/\"\"}" "${password//\"/\"\"}" >>"$users"
fi

if [ ! -f "$folder/pgbouncer.ini" ]; then
    if [ -z "${DB_HOST:-}" ]; then
        echo 'Setup pgbouncer config error! You must set DB_HOST env' >&2
        exit 1
    fi
    {
        echo '[databases]'
        echo "${DB_NAME:-*} = host=$DB_HOST port=${DB_PORT:-5432} auth_user=${DB_USER:-postgres}"
        echo
        echo '[pgbouncer]'
        echo "listen_addr = ${LISTEN_ADDR:-0.0.0.0}"
        echo "listen_port = ${LISTEN_PORT:-5432}"
        echo "unix_socket_dir = ${UNIX_SOCKET_DIR:-}"
        echo "auth_file = $users"
        echo "auth_type = ${AUTH_TYPE:-md5}"
        echo "admin_users = ${ADMIN_USERS:-postgres}"
        echo "ignore_startup_parameters = ${IGNORE_STARTUP_PARAMETERS:-extra_float_digits}"
        for setting in "${settings[@]}"; do
            variable=${setting^^}
            [ -z "${!variable:-}" ] || echo "$setting = ${!variable}"
        done
    } >"$folder/pgbouncer.ini"
fi

exec "$@"
