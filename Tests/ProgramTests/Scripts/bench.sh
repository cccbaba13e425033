#!/usr/bin/env bash
# bench.sh PROGRAMS [ROUNDS]   Measures whole processes, all of them in turn within one run: what a token costs
# beside oidc-agent and programs that everybody knows, and how long a renewal takes.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
rounds=${2:-400}
. "$scripts/practice.sh"
. "$scripts/subjects.sh"
start_practice "$1"
trap 'end_oidc_agent; end_practice' EXIT

swiftc -O -o "$practice/stopwatch" "$scripts/Stopwatch.swift"
cc -O2 -o "$practice/store-floor" "$scripts/StoreFloor.c" $(pkg-config --libs sqlite3 libcrypto)
"$practice/store-floor" make "$practice/floor.db"
practice_profile
practice_place
start_broker
others=()
if start_oidc_agent; then others=("oidc-token, oidc-agent running|$(command -v oidc-token) bench"); fi

if command -v git-credential-oauth >/dev/null; then
    others+=("git-credential-oauth get, for a host that it does not know|<$practice/git-request $(command -v git-credential-oauth) get")
fi

# Without a broker on this socket the client starts one for its own lifetime.
alone="SESAME_SOCKET=$practice/none.sock $programs/sesame token bench"

echo "$rounds rounds on $(nproc) cores; wall time of the whole process, in milliseconds"
"$practice/stopwatch" "$rounds" \
    "/bin/true|/bin/true" \
    "curl --version|$(command -v curl) --version" \
    "sesame token, broker running|$programs/sesame token bench" \
    "git-credential-sesame get, broker running|<$practice/git-request $practice/git-credential-sesame get" \
    "sesame credential kubernetes, broker running|$programs/sesame credential kubernetes bench" \
    ${others[@]+"${others[@]}"} \
    "C: libcrypto, one SQLite read, one AES-GCM|$practice/store-floor read $practice/floor.db" \
    "sesame token, no broker|$alone" \
    "sesame token --refresh, broker running|$programs/sesame token bench --refresh"
