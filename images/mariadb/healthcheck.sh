#!/usr/bin/env bash
# Health check with the flags that Compose files use: --connect (the server answers over TCP, which the temporary one of
# the first initialisation does not), --innodb_initialized, --su-mysql (nothing to do here). Exit code 0 if all hold.
set -euo pipefail

ask() {
    mariadb --defaults-extra-file=/var/lib/mysql/.my-healthcheck.cnf --defaults-group-suffix=-client --skip-ssl \
        --skip-column-names --batch "$@"
}

[ $# -gt 0 ] || { echo "healthcheck: no check named" >&2; exit 1; }
for check; do
    case "$check" in
        --connect) ask --protocol=tcp --host=127.0.0.1 --execute 'select 1' >/dev/null ;;
        --innodb_initialized)
            [ "$(ask --execute "select 1 from information_schema.engines where engine = 'innodb' and support in ('YES', 'DEFAULT')")" = 1 ]
            ;;
        --su-mysql | --no-connect) ;;
        *) echo "healthcheck: unknown check $check" >&2; exit 1 ;;
    esac
done
