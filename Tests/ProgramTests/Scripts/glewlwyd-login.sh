#!/usr/bin/env bash
# glewlwyd-login.sh DIR URL   Is the browser of a person who signs in to the server in DIR (see
# glewlwyd.sh) and agrees: follows the authorization URL to its end, the client's loopback page.
set -eu
dir=$1 url=$2

main() {
    cookies=$(mktemp)
    trap 'rm -f "$cookies"' EXIT
    base=$(sed -E 's,^(https?://[^/]+).*,\1,' <<<"$url")

    sign_in
    agree
    callback=$(location_of "$url&g_continue")
    case $callback in
        "$base"/* | "") echo "glewlwyd-login.sh: no redirect to the client: $callback" >&2; exit 1 ;;
    esac
    # The last redirect: the page that the waiting client serves.
    browse --output /dev/null "$callback"
}

sign_in() {
    local page
    page=$(location_of "$url")
    [[ $page == *login.html* ]] || {
        echo "glewlwyd-login.sh: no sign-in page: $page" >&2
        exit 1
    }
    browse --output /dev/null --header 'Content-Type: application/json' \
        --data '{"username":"alice","password":"alice-password"}' "$base/api/auth/"
}

agree() {
    browse --output /dev/null --request PUT --header 'Content-Type: application/json' \
        --data '{"scope":"'"$(parameter scope | tr + ' ' | sed 's/%20/ /g')"'"}' \
        "$base/api/auth/grant/$(parameter client_id)/"
}

parameter() {
    sed -nE "s/^.*[?&]$1=([^&]*).*$/\1/p" <<<"$url"
}

location_of() {
    browse --output /dev/null --write-out '%{redirect_url}' "$1"
}

browse() {
    local trust=()
    [ ! -f "$dir/ca.pem" ] || trust=(--cacert "$dir/ca.pem")
    curl --silent --show-error --fail --max-time 20 --noproxy '*' "${trust[@]}" \
        --cookie "$cookies" --cookie-jar "$cookies" "$@"
}

main
