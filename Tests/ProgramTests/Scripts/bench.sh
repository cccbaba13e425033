#!/usr/bin/env bash
# bench.sh PROGRAMS [ROUNDS]   Measures whole processes, all of them in turn within one run: what a
# token costs beside two programs that everybody knows, and how long a renewal takes.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
rounds=${2:-400}
. "$scripts/practice.sh"
start_practice "$1"

swiftc -O -o "$practice/stopwatch" "$scripts/Stopwatch.swift"

sesame setup bench --issuer "$origin/rfc" --client-id practice-public --client-auth none \
    --grant authorization_code --scope read >/dev/null 2>&1
sesame login bench >/dev/null 2>&1

sesamed >"$practice/broker.log" 2>&1 &
broker=$!
for _ in $(seq 200); do
    [ ! -S "$SESAME_HOME/broker.sock" ] || break
    sleep 0.05
done
[ -S "$SESAME_HOME/broker.sock" ] || { cat "$practice/broker.log" >&2; exit 1; }

# Without a broker on this socket the client starts one for its own lifetime.
alone="SESAME_SOCKET=$practice/none.sock $programs/sesame token bench"
curl=$(command -v curl)

echo "$rounds rounds on $(nproc) cores; wall time of the whole process, in milliseconds"
"$practice/stopwatch" "$rounds" \
    "/bin/true|/bin/true" \
    "curl --version|$curl --version" \
    "sesame token, broker running|$programs/sesame token bench" \
    "sesame token, no broker|$alone" \
    "sesame token --refresh, broker running|$programs/sesame token bench --refresh"
