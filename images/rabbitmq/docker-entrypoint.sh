#!/bin/sh
# Starts RabbitMQ as an unprivileged user. RABBITMQ_DEFAULT_USER, _PASS and _VHOST are read by RabbitMQ itself.
set -e

if [ "$1" = rabbitmq-server ] && [ "$(id -u)" = 0 ]; then
    find /var/lib/rabbitmq ! -user rabbitmq -exec chown rabbitmq {} +
    exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups -- "$0" "$@"
fi

exec "$@"
