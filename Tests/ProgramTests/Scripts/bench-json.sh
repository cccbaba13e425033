#!/usr/bin/env bash
# bench-json.sh PROGRAM [SECONDS]   Measures how fast JSON is read, in MB a second of the processor: yajl (C), Foundation's
# JSONSerialization and JSONDecoder, and SesameJSON, in turn, three times; medians. Needs libyajl-dev.
set -eu
program=$(realpath "$1")
seconds=${2:-1}
scripts=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cc -O2 -o "$folder/yajl" "$scripts/JSONFloor.c" -lyajl
swiftc -O -o "$folder/foundation" "$scripts/JSONFoundation.swift"

# An answer of a token endpoint, and a page of contacts as Mautic gives it.
token=$(printf 'x%.0s' $(seq 1100))
printf '{"access_token":"%s","token_type":"Bearer","expires_in":3600,"refresh_token":"%s","scope":"a b"}' \
    "$token" "${token:0:600}" >"$folder/token"
{
    printf '{'
    for number in $(seq 400); do
        [ "$number" = 1 ] || printf ','
        printf '"%d":{"id":%d,"isPublished":true,"points":%d.5,"tags":["a","b"],"fields":{"email":"ada%d@example.org",' \
            "$number" "$number" "$number" "$number"
        printf '"firstname":"Ad\\u00e4","company":null,"note":"a line\\nand another one, \\"quoted\\", of usual length"}}'
    done
    printf '}'
} >"$folder/contacts"

for document in token contacts; do
    for _ in 1 2 3; do
        echo "$("$folder/yajl" "$folder/$document" "$seconds")" \
            "$("$folder/foundation" "$folder/$document" "$seconds")" \
            "$("$program" "$folder/$document" "$seconds")"
    done >"$folder/$document.rates"
    # Who finds another number of members has not read the same.
    awk '{ if ($2 != $4 || $4 != $6 || $6 != $8) exit 1 }' "$folder/$document.rates" \
        || { echo "bench-json.sh: the readers disagree about $document" >&2; exit 1; }
done

median() { awk -v column="$2" '{ print $column }' "$folder/$1.rates" | sort -n | sed -n 2p; }

echo
echo "JSON, MB a second of the processor: yajl, JSONSerialization, JSONDecoder, SesameJSON, ours / yajl"
for document in token contacts; do
    yajl=$(median $document 1) ours=$(median $document 7)
    printf '%-10s %7d bytes %8d %8d %8d %8d %6.2f\n' "$document" "$(wc -c <"$folder/$document")" "$yajl" \
        "$(median $document 3)" "$(median $document 5)" "$ours" "$(awk "BEGIN { print $ours / $yajl }")"
done
