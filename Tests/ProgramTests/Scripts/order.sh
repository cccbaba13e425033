#!/usr/bin/env bash
# order.sh PROGRAMS CLIENT ORDER   Writes which functions `sesame token` runs through, in the order of its calls, as
# valgrind's callgrind sees them. CLIENT is a static client that has its symbols still.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
client=$(realpath "$2")
order=$(realpath "$3")
command -v valgrind >/dev/null || { echo "valgrind is missing (apt-get install valgrind)" >&2; exit 1; }
. "$scripts/practice.sh"
. "$scripts/subjects.sh"
start_practice "$1"
practice_profile
start_broker

valgrind --tool=callgrind --demangle=no --callgrind-out-file="$practice/calls" "$client" token bench >/dev/null 2>&1
{
    sed -n '/^#/p' "$order"
    sed -nE "s/^c?fn=\([0-9]+\) ([^']+).*/\1/p" "$practice/calls" | awk '!seen[$0]++'
} >"$practice/order"
[ "$(wc -l <"$practice/order")" -gt 500 ] || { echo "too few functions were seen" >&2; exit 1; }
cat "$practice/order" >"$order"
echo "$(grep -vc '^#' "$order") functions: $3"
