#!/usr/bin/env bash
# demo.sh PROGRAMS   Shows the whole job with the programs in that folder: set up, log in, create a
# contact. It talks to a practice server that it starts, and leaves nothing behind.
set -eu
. "$(dirname "$0")/practice.sh"

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi

# say TEXT   Tells what comes next.
say() {
    printf '\n%s# %s%s\n' "$dim" "$1" "$plain"
}

# run COMMAND   Shows a command as a user would type it, and then what it does.
run() {
    printf '%s$ %s%s\n' "$bold" "$1" "$plain"
    eval "$1"
}

start_practice "$1"
cd "$practice"
mautic=$origin/mautic
printf %s practicesecret0practicesecret0practicesecret0pract >secret
printf %s practice >password
client=2_practice0any0port0practice0any0port0practice0any0p

say "A practice server is running at $mautic. It behaves like a Mautic, and forgets everything."
say "A profile says where the server is, and which client was registered there."
run "sesame setup aivie --provider mautic --base-url $mautic --client-id $client --redirect-uri http://127.0.0.1:0/callback --client-secret-stdin <secret"

say "Log in, once. The browser of this demonstration is a program that agrees to everything."
run "sesame login aivie"

say "From now on there is a token whenever one is needed."
run "sesame token aivie | cut -c 1-12"

say "A program can have it in its environment, or never see it: then the broker sends the request."
run 'sesame exec aivie -- sh -c "echo a token of \${#SESAME_TOKEN} characters"'
run "sesame request aivie '/api/contacts?limit=1'"
if command -v curl >/dev/null; then
    run "sesame header aivie --url $mautic/api/users/self | curl -sS -H @- $mautic/api/users/self"
fi
echo

say "Create a contact. The second time, Mautic finds it by its address and updates it."
run "sesame contact create --email ada@example.org --firstname Ada --lastname Lovelace --tag demo"
run "sesame contact create --email ada@example.org --firstname Ada --phone '+41 44 000 00 00'"

say "The same with a user name and a password instead of OAuth."
run "sesame setup basic --provider mautic --base-url $mautic --grant basic --username ada --password-stdin <password"
run "sesame contact create --profile basic --email grace@example.org --firstname Grace"

say "A renewal before its time: the server takes each refresh token once, Sesame keeps the new one."
run "sesame token aivie --refresh | cut -c 1-12"

say "How things stand."
run "sesame status"

say "And the end of it."
run "sesame logout aivie"

say "Done in $SECONDS seconds. The practice server and everything that was stored go now."
