#!/bin/sh
# Succeeds when every job of prometheus.yml has its targets, all of them are scraped, and every exporter reaches what it is
# there for; says what is missing otherwise.
set -u
configuration=/etc/prometheus/prometheus.yml
ask() { wget -q -O - "http://127.0.0.1:9090/api/v1/$1"; }

answer=$(ask 'targets?state=active') || { echo "Prometheus does not answer yet"; exit 1; }
# A line for each target: its job, how it is, and what went wrong.
targets=$(printf '%s\n' "$answer" | sed 's/{"discoveredLabels":/\n&/g' \
    | sed -n 's/.*"scrapePool":"\([^"]*\)".*"lastError":"\(.*\)","lastScrape".*"health":"\([a-z]*\)".*/\1 \3 \2/p')

missing=
for job in $(sed -n 's/^ *- job_name: *["'\'']\{0,1\}\([^"'\'' #]*\).*/\1/p' "$configuration"); do
    printf '%s\n' "$targets" | grep -q "^$job " || missing="$missing$job: no target yet; "
done
missing=$missing$(printf '%s\n' "$targets" | grep -v '^[^ ]* up' | sed '/^$/d; s/ /: /; s/$/; /' | tr -d '\n')

# {__name__=~"pg_up|redis_up"} == 0
lost=$(ask 'query?query=%7B__name__%3D~%22pg_up%7Credis_up%22%7D%20%3D%3D%200' | sed 's/{"metric":/\n&/g' \
    | sed -n 's/.*"job":"\([^"]*\)".*/\1: its exporter does not reach it; /p' | tr -d '\n')
if [ -n "$missing$lost" ]; then
    echo "$missing$lost"
    exit 1
fi
echo "all targets are scraped: $(printf '%s\n' "$targets" | grep -c .)"
