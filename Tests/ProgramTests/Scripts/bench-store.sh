#!/usr/bin/env bash
# bench-store.sh WORKER [ROUNDS]   Measures the store: opening it and reading one record as a whole process,
# beside a C program that does the least that this can be, and the same with 1, 1,000 and 100,000 profiles.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
worker=$(realpath "$1")
rounds=${2:-200}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cc -O2 -o "$folder/store-floor" "$scripts/StoreFloor.c" $(pkg-config --libs sqlite3 libcrypto)
swiftc -O -o "$folder/stopwatch" "$scripts/Stopwatch.swift"
printf 'sesame-key-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n' >"$folder/key"
chmod 600 "$folder/key"
"$folder/store-floor" make "$folder/floor.db"
for count in 1 1000 100000; do
    "$worker" fill "$folder/$count/store.db" "$folder/key" $count
done

echo "$rounds rounds on $(nproc) cores; wall time of the whole process, in milliseconds"
"$folder/stopwatch" "$rounds" \
    "/bin/true|/bin/true" \
    "C: libcrypto, one SQLite read, one AES-GCM|$folder/store-floor read $folder/floor.db" \
    "Sesame: open the store, read one credential|$worker read $folder/1/store.db $folder/key p1" \
    "the same, of 1,000 profiles|$worker read $folder/1000/store.db $folder/key p500" \
    "the same, of 100,000 profiles|$worker read $folder/100000/store.db $folder/key p50000"

for count in 1 1000 100000; do
    size=$(($(stat -c %s "$folder/$count/store.db") / 1024))
    echo
    echo "within one process, $count profiles ($size KiB on the disk), medians"
    "$worker" sizes "$folder/$count/store.db" "$folder/key" p1 "$rounds"
done
