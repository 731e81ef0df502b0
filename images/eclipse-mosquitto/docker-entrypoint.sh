#!/bin/sh
# Hands the data to the user that the broker becomes, and starts it.
set -e
if [ "$(id -u)" = 0 ] && [ -d /mosquitto ]; then
    find /mosquitto ! -user mosquitto -exec chown mosquitto:mosquitto {} + || true # a mounted file may be read-only
fi
exec "$@"
