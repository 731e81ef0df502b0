#!/bin/sh
# Starts the server; flags alone mean the server.
set -e
case "${1:-}" in
    -*) set -- nats-server "$@" ;;
esac
exec "$@"
