#!/usr/bin/env bash
# schemathesis.sh PROGRAMS [OPTIONS...]   Holds a real broker against docs/openapi.yaml: schemathesis makes requests
# out of the description, right and wrong ones, and checks every answer. OPTIONS go to `schemathesis run`.
# What it needs of PyPI goes into a temporary folder; where PyPI cannot be reached it says so and skips.
set -eu
version=4.32.5
scripts=$(cd "$(dirname "$0")" && pwd)
programs=$(realpath "$1")
shift
folder=$(mktemp -d)
broker=
bridge=
playground=
end() {
    for process in $bridge $broker $playground; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap end EXIT

tool=${SCHEMATHESIS:-}
if [ -z "$tool" ]; then
    python3 -m venv "$folder/venv"
    if ! "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version" 2>"$folder/pip.log"
    then
        echo "skipped: schemathesis $version cannot be had from PyPI ($(tail -n 1 "$folder/pip.log"))" >&2
        exit 0
    fi
    tool=$folder/venv/bin/schemathesis
fi

# It asks for files at paths of its own making: whoever may write nowhere comes to no harm.
as_nobody=()
if [ "$(id -u)" = 0 ]; then as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
export SESAME_HOME=$folder/home
install -d -m 700 ${as_nobody:+-o 65534 -g 65534} "$SESAME_HOME"
chmod 711 "$folder"
cp "$programs/sesamed" "$programs/sesame" "$programs/sesame-playground" "$folder"
ln -s sesame-playground "$folder/practice-browser"
as() { "${as_nobody[@]}" env HOME="$SESAME_HOME" BROWSER="$folder/practice-browser" "$@"; }

"$folder/sesame-playground" --quiet >"$folder/playground.json" &
playground=$!
until [ -s "$folder/playground.json" ]; do sleep 0.05; done
origin=$(sed -E 's/.*"base_url":"([^"]+)".*/\1/' "$folder/playground.json")
as "$folder/sesame" setup work --issuer "$origin/grace" --client-id practice-public \
    --base-url "$origin/grace/api" >/dev/null
as "$folder/sesame" login work >/dev/null
# So that what is killed in the end is the broker, and not a shell before it.
(exec "${as_nobody[@]}" env HOME="$SESAME_HOME" "$folder/sesamed" 2>"$folder/broker.log") &
broker=$!
socket=$SESAME_HOME/broker.sock
until curl --silent --output /dev/null --unix-socket "$socket" http://sesame/v1/health 2>/dev/null ||
    as curl --silent --output /dev/null --unix-socket "$socket" http://sesame/v1/health; do sleep 0.05; done
(exec "${as_nobody[@]}" socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork,reuseaddr "UNIX-CONNECT:$socket" 2>"$folder/bridge.log") &
bridge=$!
until port=$(sed -nE 's/.*listening on AF=2 127\.0\.0\.1:([0-9]+).*/\1/p' "$folder/bridge.log") && [ -n "$port" ]; do
    sleep 0.05
done

status=0
(cd "$folder" && NO_PROXY=127.0.0.1 "$tool" --config-file "$scripts/schemathesis.toml" run "$scripts/../../../docs/openapi.yaml" \
    --url "http://127.0.0.1:$port" --no-color --continue-on-failure "$@") || status=$?
if ! kill -0 $broker 2>/dev/null; then
    echo "the broker has ended:" >&2
    cat "$folder/broker.log" >&2
    status=1
fi
exit $status
