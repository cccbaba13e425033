#!/usr/bin/env bash
# glewlwyd-login.sh DIR URL   Is the browser of a person who signs in to the server in DIR (see
# glewlwyd.sh) and agrees: follows the authorization URL to its end, the client's loopback page. Or
# follows the address that has a device code in it, to the page that says that the device is connected.
set -eu
dir=$1 url=$2

main() {
    cookies=$(mktemp)
    trap 'rm -f "$cookies"' EXIT
    base=$(sed -E 's,^(https?://[^/]+).*,\1,' <<<"$url")

    sign_in
    if [[ $url == *[?\&]code=* ]]; then connect_device; return; fi
    agree
    callback=$(location_of "$url&g_continue")
    case $callback in
        "$base"/* | "") echo "glewlwyd-login.sh: no redirect to the client: $callback" >&2; exit 1 ;;
    esac
    # The last redirect: the page that the waiting client serves.
    browse --output /dev/null "$callback"
}

sign_in() {
    page=$(location_of "$url")
    [[ $page == *login.html* ]] || {
        echo "glewlwyd-login.sh: no sign-in page: $page" >&2
        exit 1
    }
    browse --output /dev/null --header 'Content-Type: application/json' \
        --data '{"username":"alice","password":"alice-password"}' "$base/api/auth/"
}

connect_device() {
    agree
    local end
    end=$(location_of "$url&g_continue")
    [[ $end == *deviceComplete* ]] || {
        echo "glewlwyd-login.sh: the device is not connected: $end" >&2
        exit 1
    }
}

# The sign-in page knows what is asked for, also where the URL that led to it does not say.
agree() {
    browse --output /dev/null --request PUT --header 'Content-Type: application/json' \
        --data '{"scope":"'"$(parameter scope "$page" | tr + ' ' | sed 's/%20/ /g')"'"}' \
        "$base/api/auth/grant/$(parameter client_id "$page")/"
}

parameter() {
    sed -nE "s/^.*[?&]$1=([^&]*).*$/\1/p" <<<"$2"
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
