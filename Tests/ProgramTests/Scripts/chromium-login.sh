#!/usr/bin/env bash
# chromium-login.sh DIR URL   Is the browser of a person who agrees to everything, and a real one:
# headless Chromium. Of every page on the way it writes a line to DIR/pages (number, colour scheme,
# background, title) and takes a picture in a light and a dark colour scheme.
set -eu
url=$2
mkdir -p "$1"
cd "$1"
# Chromium keeps its profile, its caches and its crash reports under these two.
export HOME=$PWD TMPDIR=$PWD

main() {
    trap close_browser EXIT
    open_browser
    tell url '{"url": "'"$url"'"}' >answer || {
        echo "chromium-login.sh: Chromium cannot open $url" >&2
        exit 1
    }
    for page in 1 2 3 4 5; do
        look_at_page "$page"
        press_the_main_button || return 0
    done
    echo "chromium-login.sh: there is no end to the pages" >&2
    exit 1
}

open_browser() {
    chromedriver --port=0 >driver.log 2>&1 &
    driver=$!
    local port='' sandbox=''
    for _ in $(seq 200); do
        port=$(sed -nE 's/.*started successfully on port ([0-9]+).*/\1/p' driver.log)
        [ -z "$port" ] || break
        sleep 0.05
    done
    # Chromium's sandbox refuses to work for root, which is who runs tests in a container.
    [ "$(id -u)" != 0 ] || sandbox='"--no-sandbox",'
    session=http://127.0.0.1:$port/session
    tell '' '{"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": [
        '"$sandbox"' "--headless=new", "--disable-gpu", "--disable-dev-shm-usage",
        "--no-proxy-server", "--window-size=720,900"]}}}}' >answer
    session=$session/$(sed -nE 's/.*"sessionId":"([^"]+)".*/\1/p' answer)
}

look_at_page() {
    local scheme background
    for scheme in light dark; do
        tell goog/cdp/execute '{"cmd": "Emulation.setEmulatedMedia", "params": {"features":
            [{"name": "prefers-color-scheme", "value": "'$scheme'"}]}}' >answer
        ask screenshot | value | base64 -d >"page-$1-$scheme.png"
        background=$(tell execute/sync '{"args": [],
            "script": "return getComputedStyle(document.body).backgroundColor"}' | value)
        echo "$1 $scheme ${background// /} $(ask title | value)" >>pages
    done
}

press_the_main_button() {
    local button
    tell element '{"using": "css selector", "value": "button.main"}' >answer || return 1
    button=$(sed -nE 's/.*"element-[^"]*":"([^"]+)".*/\1/p' answer)
    tell "element/$button/click" '{}' >answer
}

close_browser() {
    curl --silent --output answer --noproxy '*' --request DELETE "${session:-}" || true
    kill "$driver" 2>/dev/null || true
    wait "$driver" 2>/dev/null || true
}

ask() {
    curl --silent --fail --max-time 60 --noproxy '*' "$session/$1"
}

tell() {
    curl --silent --fail --max-time 60 --noproxy '*' --data "$2" "$session${1:+/$1}"
}

# The text in {"value":"…"}.
value() {
    sed -E 's/^\{"value":"(.*)"\}$/\1/'
}

main
