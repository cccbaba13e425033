#!/usr/bin/env bash
# bench-contacts.sh PROGRAMS [ROWS] [MEGABYTES]   Measures an import of so many contacts into the practice server, which takes
# 20 ms for each request, beside what people do without one: a loop of curl as providers' help pages show it, eight of
# them at once, and a Python program with one session. These get fewer contacts, since they take long. Then how much memory
# a file takes that has so many megabytes.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
rows=${2:-20000} megabytes=${3:-1024} few=$((${2:-20000} / 40))
. "$scripts/practice.sh"
export PLAYGROUND_OPTIONS="--service-time 20"
start_practice "$1"
api=$origin/mautic/api

main() {
    sesame setup aivie --provider mautic --base-url "$origin/mautic" --grant basic --username ada \
        --password-stdin <<<practice >/dev/null
    sesamed >/dev/null 2>&1 &
    broker=$!
    until sesame status aivie >/dev/null 2>&1; do sleep 0.05; done
    make_rows "$rows" ours >"$practice/contacts.csv"
    echo "contacts into a server that takes 20 ms a request, on $(nproc) cores"
    printf '%-34s %10s %12s %14s\n' "" contacts "contacts/s" "requests each"
    try "sesame contact import" "$rows" sesame contact import "$practice/contacts.csv"
    try "the same file again" "$rows" sesame contact import "$practice/contacts.csv"
    export api
    try "curl, one after the other" "$few" emails loop "while read -r email; do create; done"
    try "xargs -P8 curl" "$few" emails parallel "xargs -P8 -I{} sh -c 'email={}; create'"
    if python3 -c 'import requests' 2>/dev/null; then
        try "Python, requests.Session" "$few" python3 "$scripts/requests-import.py" "$api" "$few"
    else
        echo "skipped: Python (there is no module requests)"
    fi
    echo
    make_large
    measure_memory
}

# make_rows COUNT NAME
make_rows() {
    echo "E-Mail,First Name,Last Name,Company,Tags"
    awk -v count="$1" -v name="$2" 'BEGIN { for (i = 0; i < count; i++)
        printf "%s%d@example.org,First %d,Last %d,Company %d,import|batch%d\n", name, i, i, i, i % 100, i % 7 }'
}

# emails NAME COMMANDS   Hands so many addresses to a shell that knows how to create a contact with curl.
emails() {
    awk -v count="$few" -v name="$1" 'BEGIN { for (i = 0; i < count; i++) printf "%s%d@example.org\n", name, i }' \
        | bash -c 'create() { curl -s -o /dev/null -u ada:practice -H "Content-Type: application/json" \
            -d "{\"email\":\"$email\",\"firstname\":\"First\",\"lastname\":\"Last\"}" "$api/contacts/new"; }
            export -f create; '"${2/sh -c/bash -c}"
}

# try LABEL CONTACTS COMMAND…
try() {
    local label=$1 count=$2 before after start end
    shift 2
    before=$(counted api_requests)
    start=$(date +%s%N)
    "$@" >/dev/null 2>"$practice/errors" || { cat "$practice/errors" >&2; exit 1; }
    end=$(date +%s%N)
    after=$(counted api_requests)
    awk -v label="$label" -v count="$count" -v time=$((end - start)) -v requests=$((after - before)) 'BEGIN {
        printf "%-34s %10d %12.1f %14.3f\n", label, count, count / (time / 1e9), requests / count }'
}

counted() { curl -s "$origin/_control/state" | sed -E "s/.*\"mautic\":\{[^}]*\}[^}]*\"$1\":([0-9]+).*/\1/"; }

make_large() {
    make_rows 100000 large >"$practice/part"
    { cat "$practice/part"
      bytes=$(tail -n +2 "$practice/part" | wc -c)
      for _ in $(seq $((megabytes * 1048576 / bytes))); do tail -n +2 "$practice/part"; done; } >"$practice/large.csv"
    rm "$practice/part"
}

measure_memory() {
    local size
    size=$(($(stat -c %s "$practice/large.csv") / 1048576))
    for file in contacts.csv large.csv; do
        python3 - "$practice/$file" <<'END'
import os, resource, subprocess, sys, time
start = time.time()
ended = subprocess.run(["sesame", "contact", "import", sys.argv[1], "--dry-run"], capture_output=True, text=True)
seconds = time.time() - start
size = os.path.getsize(sys.argv[1]) / 2**20
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"a file of {size:.0f} MB, looked through: {peak:.0f} MB of memory at the most, {size / seconds:.0f} MB/s: {ended.stdout.strip()}")
END
    done
}

main
