#!/usr/bin/env bash
# soak.sh PROGRAMS [SECONDS] [RATE]   Runs a broker for an hour at 200 requests a second: tokens and headers, a
# status, the metrics, and a renewal with each thousandth request; a line a minute shows whether anything grows.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
seconds=${2:-3600}
rate=${3:-200}
. "$scripts/practice.sh"
. "$scripts/subjects.sh"
start_practice "$1"
trap end_practice EXIT
cc -O2 -o "$practice/soak-load" "$scripts/soak-load.c"
practice_profile
sesame setup bench --base-url "$origin/rfc/api" >/dev/null 2>&1
start_broker
token=/v1/profiles/bench/token
paths=()
for number in $(seq 1000); do
    case $((number % 20)) in
        1) paths+=("/v1/profiles/bench/headers?url=$origin/rfc/api/things") ;;
        2) paths+=(/v1/profiles/bench) ;;
        3) paths+=(/metrics) ;;
        *) paths+=($token) ;;
    esac
done
paths[999]="$token?refresh=true"
"$practice/soak-load" "$seconds" "$rate" "$SESAME_HOME/broker.sock" "$broker" "${paths[@]}"
echo "the broker's audit trail: $(sesame audit --verify 2>&1 | tail -1), $(du -sk "$SESAME_HOME"/audit.log | cut -f1) KiB"
