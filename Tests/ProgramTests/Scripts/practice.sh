# Read by demo.sh and bench.sh: a practice server, and a Sesame that knows nothing yet, both in a
# temporary folder that goes when the script ends.

# start_practice PROGRAMS   Starts the playground of that folder and puts its programs on the path.
start_practice() {
    programs=$(cd "$1" && pwd)
    practice=$(mktemp -d)
    trap end_practice EXIT
    trap 'exit 130' INT TERM
    ln -s "$programs/sesame-playground" "$practice/practice-browser"

    "$programs/sesame-playground" --basic on ${PLAYGROUND_OPTIONS:-} --ready-file "$practice/ready" \
        >"$practice/playground.json" 2>"$practice/playground.log" &
    playground=$!
    for _ in $(seq 200); do
        [ ! -s "$practice/ready" ] || break
        kill -0 $playground 2>/dev/null || break
        sleep 0.05
    done
    origin=$(sed -nE 's/.*"base_url":"([^"]+)".*/\1/p' "$practice/ready" 2>/dev/null || true)
    [ -n "$origin" ] || {
        echo "the playground did not start:" >&2
        cat "$practice/playground.log" >&2
        exit 1
    }

    export PATH=$practice:$programs:$PATH
    export SESAME_HOME=$practice/home BROWSER=$practice/practice-browser
    mkdir -m 700 "$SESAME_HOME"
    # A user's own settings are none of the script's business.
    unset SESAME_PROFILE SESAME_CONFIG SESAME_SOCKET SSH_CONNECTION SSH_TTY
}

end_practice() {
    kill "$playground" ${broker:+"$broker"} 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$practice"
}
