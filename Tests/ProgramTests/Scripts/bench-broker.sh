#!/usr/bin/env bash
# bench-broker.sh PROGRAMS WORKER [ROUNDS]   Measures the broker: answers per second beside a floor in C, a
# thousand clients at one expired token, and the memory that it needs beside oidc-agent.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
worker=$(realpath "$2")
rounds=${3:-9}
. "$scripts/practice.sh"
. "$scripts/subjects.sh"
start_practice "$1"
floor=
trap 'end_oidc_agent; [ -z "$floor" ] || kill "$floor"; end_practice' EXIT
cc -O2 -o "$practice/broker-load" "$scripts/broker-load.c"
practice_profile
start_broker
socket=$SESAME_HOME/broker.sock
token=/v1/profiles/bench/token
ask() { curl -sf --unix-socket "$socket" "http://sesame$1"; }

echo "memory of an idle broker with one profile, after its first token"
ask $token >/dev/null
echo "    sesamed: $(memory $broker)"
if start_oidc_agent; then
    family="$agent $(ps -o pid= --ppid "$agent" | tr '\n' ' ')"
    # shellcheck disable=SC2086
    echo "    oidc-agent, $(echo $family | wc -w) processes: $(memory $family)"
    end_oidc_agent
fi

echo
echo "GET $token, $rounds rounds on $(nproc) cores, which the load shares"
subjects=("sesamed|$socket|$token")
if cc -O2 -o "$practice/floor" "$scripts/MicrohttpdFloor.c" -lmicrohttpd 2>/dev/null; then
    "$practice/floor" "$practice/floor.sock" "$(ask $token | wc -c)" >"$practice/floor.ready" &
    floor=$!
    until [ -s "$practice/floor.ready" ]; do sleep 0.05; done
    subjects=("C: libmicrohttpd, a constant answer|$practice/floor.sock|$token" "${subjects[@]}")
else
    echo "    skipped: the floor in C (install libmicrohttpd-dev)"
fi
"$practice/broker-load" rounds "$rounds" "${subjects[@]}"

echo
echo "1,000 clients at one expired token; the server holds its answer meanwhile"
control() { curl -sf -X "$1" "$origin/_control/$2" ${3:+-d "$3"}; }
for _ in 1 2 3 4 5; do
    body='{\"access_token\":\"expiring\",\"token_type\":\"Bearer\",\"expires_in\":30}'
    control POST faults "{\"answer\":{\"content_type\":\"application/json\",\"body\":\"$body\"}}" >/dev/null
    [ "$(sesame token bench --refresh)" = expiring ]
    control DELETE log >/dev/null
    control POST faults '{"kind":"held_answer"}' >/dev/null
    "$practice/broker-load" stampede 1000 "$socket" $token "${origin##*:}" | sed 's/^/    /'
    echo "    token requests at the server: $(control GET log | wc -l)"
done
kill $broker && wait $broker 2>/dev/null || true

echo
echo "100,000 profiles, in configuration and store"
rm -rf "${SESAME_HOME:?}" && mkdir -m 700 "$SESAME_HOME"
printf 'sesame-key-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n' >"$SESAME_HOME/store.key"
chmod 600 "$SESAME_HOME/store.key"
"$worker" fill "$SESAME_HOME/store.db" "$SESAME_HOME/store.key" 100000
seq 100000 | awk '{ print "[profile p" $1 "]\nclient_id = client-" $1 "\nclient_auth = none"
    print "authorization_endpoint = https://sso.example/oauth/v2/authorize"
    print "token_endpoint = https://sso.example/oauth/v2/token\nscope = read write\n" }' >"$SESAME_HOME/config"
sleep 2 # A file that was changed this second is read again each time.
start_broker
timed() {
    local begin=$EPOCHREALTIME what=$1
    shift
    "$@" >/dev/null
    echo "    $what: $(((${EPOCHREALTIME/./} - ${begin/./}) / 1000)) ms"
}
timed "the first token" ask /v1/profiles/p50000/token
echo "    then: $(memory $broker)"
timed "5,000 tokens of as many profiles, by curl" ask '/v1/profiles/p[1-5000]/token'
timed "status of all" ask /v1/profiles
timed "setup of one" sesame setup p77777 --scope "read"
echo "    then: $(memory $broker), at its peak RSS $(sed -nE 's/^VmHWM:\s+([0-9]+).*/\1/p' /proc/$broker/status) KiB"
