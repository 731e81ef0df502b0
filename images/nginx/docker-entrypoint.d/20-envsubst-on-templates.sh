#!/bin/sh
# Turns /etc/nginx/templates/NAME.template into /etc/nginx/conf.d/NAME: ${VARIABLE} becomes the environment's value.
# Only variables that are set are replaced, so nginx's own $host and the like stay.
set -e

templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
output=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}

[ -d "$templates" ] || exit 0
if [ ! -w "$output" ]; then
    echo "$0: $output is not writable, templates are left alone" >&2
    exit 0
fi
# shellcheck disable=SC2016 # ${NAME}, as envsubst wants them listed
defined=$(awk -v filter="${NGINX_ENVSUBST_FILTER:-}" \
    'BEGIN { for (name in ENVIRON) if (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/ && name ~ filter) printf "${%s} ", name }')
find "$templates" -follow -type f -name "*$suffix" | while read -r template; do
    name=${template#"$templates/"}
    target=$output/${name%"$suffix"}
    mkdir -p "${target%/*}"
    envsubst "$defined" <"$template" >"$target"
done
