# Read by the benchmarks, behind practice.sh: what is compared. First, a real oidc-agent with a real account.

# start_oidc_agent   Starts an agent and gives it an account `bench`, without a person: a code flow by curl and
# the practice browser gives a refresh token, from which oidc-gen makes the account. Fails where a program is missing.
start_oidc_agent() {
    agent=
    for program in oidc-agent oidc-gen oidc-token socat openssl basenc; do
        command -v $program >/dev/null || { echo "skipped: oidc-agent (there is no $program)"; return 1; }
    done
    local verifier challenge redirect port=${callback_port:-18999} issuer=$origin/${issuer_name:-none} code token
    verifier=$(printf 'practice-%.0s' 1 2 3 4 5 6)
    challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | basenc --base64url | tr -d =)
    redirect="http%3A%2F%2F127.0.0.1%3A$port%2Fcallback"
    printf '#!/bin/sh\nhead -n 1 >"%s"\nprintf "HTTP/1.1 204 Done\\r\\nConnection: close\\r\\n\\r\\n"\n' \
        "$practice/callback" >"$practice/listener"
    chmod +x "$practice/listener"
    socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr" "EXEC:$practice/listener" 2>/dev/null &
    for _ in $(seq 100); do
        # The practice browser comes once; until the listener listens, its way back fails.
        sesame-playground browse "$issuer/authorize?response_type=code&client_id=practice-confidential&redirect_uri=$redirect&scope=read&state=s&code_challenge=$challenge&code_challenge_method=S256" \
            >/dev/null 2>&1 || true
        [ ! -s "$practice/callback" ] || break
        sleep 0.05
    done
    code=$(sed -nE 's/.*[?&]code=([^& ]+).*/\1/p' "$practice/callback")
    token=$(curl -s -u practice-confidential:practice-secret "$issuer/token" -d grant_type=authorization_code \
        -d "code=$code" -d "redirect_uri=$redirect" -d "code_verifier=$verifier" \
        | sed -nE 's/.*"refresh_token":"([^"]+)".*/\1/p')

    # Its files and its socket go with the practice folder.
    export OIDC_CONFIG_DIR=$practice/oidc OIDC_ENCRYPTION_PW=practice
    mkdir -p "$OIDC_CONFIG_DIR"
    eval "$(TMPDIR=$practice oidc-agent)" >/dev/null
    agent=$OIDCD_PID
    oidc-gen bench -m --iss "$issuer" --client-id practice-confidential --client-secret practice-secret \
        --scope read --rt "$token" --redirect-uri "http://localhost:$port/callback" --prompt none --pw-env \
        --confirm-yes </dev/null >"$practice/oidc-gen.log" 2>&1 || true
    oidc-token bench >/dev/null 2>&1 || {
        echo "skipped: oidc-agent (no account could be made)"
        sed 's/^/    /' "$practice/oidc-gen.log"
        end_oidc_agent
        return 1
    }
}

end_oidc_agent() {
    [ -z "$agent" ] || kill "$agent" 2>/dev/null || true
    agent=
}

# memory PID…   The sum of what the processes hold, in KiB: resident, and proportional where /proc shows it.
memory() {
    local resident=0 shared=0 pid own
    for pid in "$@"; do
        own=$(sed -nE 's/^VmRSS:\s+([0-9]+).*/\1/p' "/proc/$pid/status")
        resident=$((resident + own))
        own=$(sed -nE 's/^Pss:\s+([0-9]+).*/\1/p' "/proc/$pid/smaps_rollup" 2>/dev/null || true)
        shared=$((shared + ${own:-0}))
    done
    printf 'RSS %d KiB, PSS %s' "$resident" "$([ "$shared" -gt 0 ] && echo "$shared KiB" || echo 'not shown (ask as root)')"
}

# start_broker   Starts sesamed on its usual socket, and waits until it answers.
start_broker() {
    sesamed >"$practice/broker.log" 2>&1 &
    broker=$!
    for _ in $(seq 600); do
        ! curl -s --unix-socket "$SESAME_HOME/broker.sock" -o /dev/null http://sesame/v1/health || return 0
        sleep 0.05
    done
    cat "$practice/broker.log" >&2
    return 1
}

# practice_profile   A profile `bench` that is logged in at the practice server.
practice_profile() {
    sesame setup bench --issuer "$origin/rfc" --client-id practice-public --client-auth none \
        --grant authorization_code --scope read >/dev/null 2>&1
    sesame login bench >/dev/null 2>&1
}

# practice_place   Lets the profile `bench` go to a host, and puts what git would ask for it into a file.
practice_place() {
    echo "allow = https://git.practice.example" >>"$SESAME_HOME/config"
    ln -s "$programs/sesame" "$practice/git-credential-sesame"
    printf 'protocol=https\nhost=git.practice.example\n' >"$practice/git-request"
}
