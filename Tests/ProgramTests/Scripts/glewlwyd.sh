#!/usr/bin/env bash
# glewlwyd.sh start DIR   Runs a fresh glewlwyd, an authorization server that is not ours, on a free
#                         port of 127.0.0.1 with all its state in DIR, and writes DIR/server.json.
#                         TLS=1: over https, under a certificate authority of its own (DIR/ca.pem),
#                         and with clients that have certificates (RFC 8705).
#                         PAR=1: authorization requests must be pushed (RFC 9126).
#                         DPOP=1: proofs of a key are taken, and wanted of the client `bound` (RFC 9449);
#                         DPOP=nonce: with the server's nonce in each.
#                         REGISTER=1: clients register themselves, and manage that (RFC 7591, 7592).
#                         RESOURCES="URL URL": tokens are for one of these, with the scope `read` (RFC 8707).
# glewlwyd.sh stop DIR    Ends it.
# Left alone it ends by itself after ten minutes.
set -eu
command=${1:-} dir=${2:-}
[ -n "$dir" ] || { sed -n '2,12s/^# //p' "$0" >&2; exit 2; }
scripts=$(cd "$(dirname "$0")" && pwd)

main() {
    case $command in
        start) start ;;
        stop) stop ;;
        *) echo "glewlwyd.sh: unknown command: $command" >&2; exit 2 ;;
    esac
}

start() {
    mkdir -p "$dir"
    cd "$dir" && dir=$PWD
    umask 077
    scheme=http
    [ "${TLS:-}" != 1 ] || { scheme=https; make_certificates; }
    pushed_only=false
    [ "${PAR:-}" != 1 ] || pushed_only=true
    takes_proofs=false demands_nonces=false
    [ -z "${DPOP:-}" ] || takes_proofs=true
    [ "${DPOP:-}" != nonce ] || demands_nonces=true
    registers_clients=false
    [ "${REGISTER:-}" != 1 ] || registers_clients=true
    knows_resources=false
    [ -z "${RESOURCES:-}" ] || knows_resources=true
    make_signing_key
    run_on_a_free_port
    sign_in_as_administrator
    ! $takes_proofs || keep_clients_words_on_proofs
    add_authorization_server
    add_user
    reserve_redirect_ports
    add_client public none false
    ! $takes_proofs || add_client bound none false '"dpop_bound_access_tokens": "1",'
    add_client confidential client_secret_basic true
    add_client post client_secret_post true
    add_client secret-jwt client_secret_jwt true
    make_client_keys
    add_client key-ec private_key_jwt true '"jwks": {"keys": ['"$(public_jwk key-ec)"']},'
    add_client key-rsa private_key_jwt true '"pubkey": '"$(as_json_string key-rsa.pub)"','
    if [ $scheme = https ]; then
        add_client mtls tls_client_auth true '"tls_client_auth_san_dns": "mtls.example",'
        add_client mtls-self self_signed_tls_client_auth true \
            '"jwks": {"keys": ['"$(certified_jwk mtls-self)"']},'
    fi
    write_description
    write_browser
}

stop() {
    [ -f "$dir/pid" ] || return 0
    local pid
    pid=$(cat "$dir/pid")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.05
    done
    rm -f "$dir/pid"
}

make_certificates() {
    {
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Throw-away CA" \
            -keyout ca.key -out ca.pem
        openssl req -newkey rsa:2048 -nodes -subj "/CN=127.0.0.1" -keyout tls.key -out tls.csr
        printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >tls.ext
        openssl x509 -req -days 2 -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
            -extfile tls.ext -out tls.pem
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=mtls" \
            -keyout mtls.key -out mtls.csr
        printf 'subjectAltName=DNS:mtls.example\nextendedKeyUsage=clientAuth\n' >mtls.ext
        openssl x509 -req -days 90 -in mtls.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
            -extfile mtls.ext -out mtls.pem
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 \
            -subj "/CN=mtls-self" -keyout mtls-self.key -out mtls-self.pem
    } 2>openssl.log
    # It drops whoever shows a certificate that nothing in here vouches for.
    cat ca.pem mtls-self.pem >trusted.pem
}

# The public key of a certificate, with the certificate in it.
certified_jwk() {
    local jwk
    jwk=$(public_jwk "$1")
    printf '%s, "x5c": ["%s"]}' "${jwk%\}}" \
        "$(openssl x509 -in "$1.pem" -outform DER | base64 -w 0)"
}

make_signing_key() {
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out sign.key 2>openssl.log
    openssl pkey -in sign.key -pubout -out sign.pub
}

# What its clients sign with. It learns the one as a JWK under a name, the other as PEM.
make_client_keys() {
    {
        openssl ecparam -name prime256v1 -genkey -noout -out key-ec.key
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key-rsa.key
    } 2>openssl.log
    openssl pkey -in key-rsa.key -pubout -out key-rsa.pub
}

public_jwk() {
    local point
    point=$(openssl pkey -in "$1.key" -pubout -outform DER | tail -c 64 | base64 -w 0)
    printf '{"kty": "EC", "crv": "P-256", "kid": "%s", "use": "sig", "alg": "ES256", "x": "%s", "y": "%s"}' \
        "$1" "$(half "$point" head)" "$(half "$point" tail)"
}

half() {
    base64 -d <<<"$1" | "$2" -c 32 | base64 -w 0 | tr '+/' '-_' | tr -d =
}

# Nothing tells which port will still be free when the server binds it, so: try, and try another.
run_on_a_free_port() {
    for _ in $(seq 20); do
        port=$((20000 + RANDOM % 10000))
        ! is_taken "$port" || continue
        base=$scheme://127.0.0.1:$port
        rm -f glewlwyd.db
        sqlite3 glewlwyd.db </usr/share/dbconfig-common/data/glewlwyd/install/sqlite3
        write_configuration
        setsid timeout 600 glewlwyd --config-file="$dir/glewlwyd.conf" \
            >output.log 2>&1 </dev/null &
        echo $! >pid
        if wait_for_answer; then return 0; fi
    done
    tail -n 5 glewlwyd.log output.log >&2 || true
    fail "the server did not start"
}

is_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

wait_for_answer() {
    for _ in $(seq 200); do
        ! fetch "$base/config" >/dev/null 2>&1 || return 0
        kill -0 "$(cat pid)" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

write_configuration() {
    cat >glewlwyd.conf <<END
port=$port
bind_address="127.0.0.1"
external_url="$base"
login_url="login.html"
api_prefix="api"
static_files_path="/usr/share/glewlwyd/webapp/"
cookie_domain="127.0.0.1"
cookie_secure=0
session_key="session"
admin_scope="g_admin"
profile_scope="g_profile"
log_mode="file"
log_level="DEBUG"
log_file="$dir/glewlwyd.log"
user_module_path="/usr/lib/glewlwyd/user"
user_middleware_module_path="$dir"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
use_secure_connection=$([ $scheme = https ] && echo true || echo false)
secure_connection_key_file="$dir/tls.key"
secure_connection_pem_file="$dir/tls.pem"
$([ $scheme = http ] || echo "secure_connection_ca_file=\"$dir/trusted.pem\"")
hash_algorithm="SHA512"
database = { type = "sqlite3"; path = "$dir/glewlwyd.db"; };
END
}

sign_in_as_administrator() {
    # The first account of the package's own database.
    api POST /auth/ '{"username":"admin","password":"password"}'
}

# What is registered of a client is dropped, unless its database knows the name.
keep_clients_words_on_proofs() {
    fetch --cookie admin.cookies "$base/api/mod/client/database" >module
    api PUT /mod/client/database "$(sed \
        's/"data-format": *{/&"dpop_bound_access_tokens":{"multiple":false,"read":true,"write":true},/' module)"
    api PUT /mod/client/database/reset ''
}

# Strict where a client can go wrong: PKCE with S256 for public clients, refresh tokens that work once.
add_authorization_server() {
    api POST /mod/plugin/ '{
        "module": "oidc", "name": "oidc", "display_name": "oidc", "parameters": {
            "iss": "'"$base"'/api/oidc", "oauth-as-iss-id": true, "allow-non-oidc": true,
            "jwt-type": "rsa", "jwt-key-size": "256", "jwks-show": true, "subject-type": "public",
            "key": '"$(as_json_string sign.key)"', "cert": '"$(as_json_string sign.pub)"',
            "access-token-duration": 600, "refresh-token-duration": 86400, "code-duration": 60,
            "refresh-token-rolling": true, "refresh-token-one-use": "always",
            "auth-type-code-enabled": true, "auth-type-code-revoke-replayed": true,
            "auth-type-token-enabled": false, "auth-type-password-enabled": false,
            "auth-type-client-enabled": true, "auth-type-device-enabled": true,
            "device-authorization-expiration": 600, "device-authorization-interval": 1,
            "auth-type-refresh-enabled": true,
            "pkce-allowed": true, "pkce-method-plain-allowed": false,
            "pkce-required-public-client": true,
            "oauth-par-allowed": '"$pushed_only"', "oauth-par-required": '"$pushed_only"',
            "oauth-par-request_uri-prefix": "urn:ietf:params:oauth:request_uri:", "oauth-par-duration": 60,
            "oauth-dpop-allowed": '"$takes_proofs"', "oauth-dpop-iat-duration": 60,
            "oauth-dpop-iat-gap-duration": 5,
            "oauth-dpop-dpop_bound_access_tokens-property": "dpop_bound_access_tokens",
            "oauth-dpop-nonce-mandatory": '"$demands_nonces"', "oauth-dpop-nonce-counter": 2,
            "introspection-revocation-allowed": true,
            "introspection-revocation-allow-target-client": true,
            "request-parameter-allow": true, "request-parameter-ietf-strict": false,
            "request-maximum-exp": 3600, "client-pubkey-parameter": "pubkey",
            "client-jwks-parameter": "jwks", "client-jwks_uri-parameter": "jwks_uri",
            "register-client-allowed": '"$registers_clients"', "register-client-auth-scope": [],
            "register-client-management-allowed": '"$registers_clients"',
            "register-client-credentials-scope": ["read", "write"],
            "resource-allowed": '"$knows_resources"', "resource-client-property": "resource",
            "resource-scope-and-client-property": false,
            "resource-scope": {"read": ['"$(as_json_list ${RESOURCES:-})"']},
            "allowed-scope": ["openid", "read", "write"],
            "name-claim": "no", "email-claim": "no", "scope-claim": "no",
            '"$([ $scheme = http ] || certificate_settings)"'
            "session-management-allowed": false
        }
    }'
}

certificate_settings() {
    printf '%s' '"client-cert-source": "TLS", "client-cert-use-endpoint-aliases": false,
        "client-cert-self-signed-allowed": true,'
}

as_json_string() {
    awk 'BEGIN { printf "\"" } { printf "%s\\n", $0 } END { printf "\"" }' "$1"
}

as_json_list() {
    local separator= text
    for text in "$@"; do
        printf '%s"%s"' "$separator" "$text"
        separator=', '
    done
}

add_user() {
    local scope
    for scope in read write; do
        api POST /scope/ '{"name": "'$scope'", "display_name": "'$scope'",
            "password_required": true, "password_max_age": 0, "scheme": {}}'
    done
    api POST /user/ '{"username": "alice", "password": "alice-password", "name": "Alice Example",
        "email": "alice@example.org", "scope": ["openid", "read", "write", "g_profile"],
        "enabled": true}'
}

# It compares redirect URIs as whole strings, port included, so each client gets a port of its own.
reserve_redirect_ports() {
    declare -gA redirect_port
    local client candidate
    for client in public bound confidential post secret-jwt key-ec key-rsa mtls mtls-self; do
        candidate=$((30000 + RANDOM % 2000))
        while is_taken $candidate || [[ " ${redirect_port[*]} " == *" $candidate "* ]]; do
            candidate=$((30000 + RANDOM % 2000))
        done
        redirect_port[$client]=$candidate
    done
}

add_client() {
    local name=$1 authentication=$2 is_confidential=$3 more=${4:-} secret=
    local grants='["code", "refresh_token", "device_authorization"]'
    if $is_confidential; then
        grants='["code", "refresh_token", "device_authorization", "client_credentials"]'
        # As long as HS256 needs it.
        secret='"client_secret": "'$name'-secret-0123456789-0123456789",'
        [ -z "$more" ] || secret=
    fi
    api POST /client/ '{"client_id": "'"$name"'", "name": "'"$name"'", "enabled": true,
        "confidential": '"$is_confidential"', '"$secret$more"'
        "token_endpoint_auth_method": ["'"$authentication"'"], "authorization_type": '"$grants"',
        "redirect_uri": ["http://127.0.0.1:'"${redirect_port[$name]}"'/callback"],
        "scope": ["read", "write"]}'
}

write_description() {
    local ca_file=null
    [ $scheme = http ] || ca_file='"'$dir/ca.pem'"'
    cat >server.json <<END
{
    "issuer": "$base/api/oidc",
    "ca_file": $ca_file,
    "clients": {
        "public": {
            "redirect_uri": "http://127.0.0.1:${redirect_port[public]}/callback"
        },
        "bound": {
            "redirect_uri": "http://127.0.0.1:${redirect_port[bound]}/callback"
        },
        "confidential": {
            "secret": "confidential-secret-0123456789-0123456789",
            "redirect_uri": "http://127.0.0.1:${redirect_port[confidential]}/callback"
        },
        "post": {
            "secret": "post-secret-0123456789-0123456789",
            "redirect_uri": "http://127.0.0.1:${redirect_port[post]}/callback"
        },
        "secret-jwt": {
            "secret": "secret-jwt-secret-0123456789-0123456789",
            "redirect_uri": "http://127.0.0.1:${redirect_port[secret-jwt]}/callback"
        },
        "key-ec": {
            "key_file": "$dir/key-ec.key", "key_id": "key-ec",
            "redirect_uri": "http://127.0.0.1:${redirect_port[key-ec]}/callback"
        },
        "key-rsa": {
            "key_file": "$dir/key-rsa.key",
            "redirect_uri": "http://127.0.0.1:${redirect_port[key-rsa]}/callback"
        },
        "mtls": {
            "key_file": "$dir/mtls.key", "certificate_file": "$dir/mtls.pem",
            "redirect_uri": "http://127.0.0.1:${redirect_port[mtls]}/callback"
        },
        "mtls-self": {
            "key_file": "$dir/mtls-self.key", "certificate_file": "$dir/mtls-self.pem",
            "redirect_uri": "http://127.0.0.1:${redirect_port[mtls-self]}/callback"
        }
    }
}
END
}

# What a test sets BROWSER to: one program that takes one URL.
write_browser() {
    printf '#!/bin/sh\nexec "%s" "%s" "$1"\n' "$scripts/glewlwyd-login.sh" "$dir" >browser
    chmod 700 browser
}

api() {
    fetch --output answer --cookie admin.cookies --cookie-jar admin.cookies --request "$1" \
        --header 'Content-Type: application/json' --data "$3" "$base/api$2" ||
        fail "$1 $2 was refused: $(head -c 300 answer 2>/dev/null)"
}

fetch() {
    local trust=()
    [ $scheme = http ] || trust=(--cacert ca.pem)
    curl --silent --fail-with-body --max-time 20 --noproxy '*' "${trust[@]}" "$@"
}

fail() {
    echo "glewlwyd.sh: $1" >&2
    stop
    exit 1
}

main
