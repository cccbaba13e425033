#!/usr/bin/env bash
# bench-signatures.sh PROGRAM [SECONDS]   Measures signed texts (JWS) a second of the processor, beside the bare
# signatures of `openssl speed` on the same machine, both in turn, three times; medians. Then requests with a proof of a
# key (DPoP) beside the same, and what it takes to sign one with a bearer token.
set -eu
program=$(realpath "$1")
seconds=${2:-1}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for _ in 1 2 3; do
    "$program" "$seconds" >>"$folder/sesame"
    # Its lines end in the two rates; those of RSA are of one padding, and do for both.
    openssl speed -seconds "$seconds" ecdsap256 ed25519 rsa2048 2>/dev/null |
        awk '/nistp256/ { print "ES256", $(NF - 1), $NF }
             /Ed25519/ { print "Ed25519", $(NF - 1), $NF }
             /^ *rsa 2048/ { print "RS256", $(NF - 1), $NF; print "PS256", $(NF - 1), $NF }' \
            >>"$folder/openssl"
done

median() {
    awk -v name="$2" -v column="$3" '$1 == name { print $column }' "$folder/$1" | sort -n | sed -n 2p
}

echo
echo "signatures a second of the processor, one of $(nproc) cores: openssl speed, SesameJOSE, ratio"
for name in ES256 Ed25519 RS256 PS256; do
    for column in 2 3; do
        bare=$(median openssl $name $column) ours=$(median sesame $name $column)
        what=$([ $column = 2 ] && echo sign || echo verify)
        awk -v label="$name, $what" -v bare="$bare" -v ours="$ours" \
            'BEGIN { printf "%-20s %10.0f %10.0f %6.2f\n", label, bare, ours, ours / bare }'
    done
done
bare=$(median openssl ES256 2) ours=$(median sesame DPoP 2)
awk -v bare="$bare" -v ours="$ours" \
    'BEGIN { printf "%-20s %10.0f %10.0f %6.2f\n", "DPoP, sign", bare, ours, ours / bare }'
awk -v ours="$(median sesame Bearer 2)" \
    'BEGIN { printf "\na request with a bearer token: signed in %.0f ns\n", 1e9 / ours }'
