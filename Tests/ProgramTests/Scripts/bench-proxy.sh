#!/usr/bin/env bash
# bench-proxy.sh PROGRAMS [ROUNDS [MEGABYTES]]   Measures the injecting proxy beside nginx, which adds a constant
# field, both before one upstream (nginx, too): small answers, and one large answer with the memory that it takes.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
rounds=${2:-9}
megabytes=${3:-1024}
command -v nginx >/dev/null || { echo "skipped: the proxy beside nginx (install nginx-light)"; exit 0; }
. "$scripts/practice.sh"
. "$scripts/subjects.sh"
start_practice "$1"
trap 'end_nginx; end_practice' EXIT
end_nginx() { for name in upstream proxy; do kill "$(cat "$practice/$name.pid")" 2>/dev/null || true; done; }

cc -O2 -o "$practice/proxy-load" "$scripts/proxy-load.c"
upstream=18971 nginx=18972 ours=18973
mkdir -p "$practice/www/api"
head -c 168 /dev/zero | tr '\0' a >"$practice/www/api/small"
head -c "${megabytes}M" /dev/zero >"$practice/www/api/large"

# start_nginx NAME SERVER   One worker, no log, no files of the system's own.
start_nginx() {
    cat >"$practice/$1.conf" <<END
worker_processes 1; pid $practice/$1.pid; error_log $practice/$1.log; daemon on;
events { worker_connections 1024; }
http {
    access_log off; sendfile on; tcp_nodelay on; keepalive_requests 1000000;
    client_body_temp_path $practice/$1.body; proxy_temp_path $practice/$1.proxy;
    fastcgi_temp_path $practice/$1.f; uwsgi_temp_path $practice/$1.u; scgi_temp_path $practice/$1.s;
    $2
}
END
    # A worker that root starts would be another user, who may not enter the folder.
    [ "$(id -u)" != 0 ] || sed -i '1s/^/user root; /' "$practice/$1.conf"
    nginx -p "$practice" -c "$practice/$1.conf" -e "$practice/$1.log"
}
start_nginx upstream "server { listen 127.0.0.1:$upstream; root $practice/www; }"
start_nginx proxy "upstream api { server 127.0.0.1:$upstream; keepalive 64; }
    server { listen 127.0.0.1:$nginx; location / { proxy_pass http://api/api/; proxy_http_version 1.1; proxy_max_temp_file_size 0;
    proxy_set_header Connection ''; proxy_set_header Authorization 'Bearer constant'; } }"

practice_profile
cat >>"$SESAME_HOME/config" <<END
allow = http://127.0.0.1:$upstream/api

[proxy bench]
profile = bench
listen = 127.0.0.1:$ours
END
sleep 2 # A file that was changed this second is read again each time.
start_broker
workers="$(cat "$practice/proxy.pid") $(ps -o pid= --ppid "$(cat "$practice/proxy.pid")" | tr -d ' ')"

echo "an injecting proxy before nginx, 168 bytes an answer, $rounds rounds on $(nproc) cores that all share"
"$practice/proxy-load" rounds "$rounds" "nginx, one worker, a constant field|$nginx|/small" \
    "sesamed, [proxy]|$ours|/small"
echo
echo "$megabytes MiB down, $((rounds / 2 + 1)) rounds"
"$practice/proxy-load" stream "$((rounds / 2 + 1))" "nginx, one worker, a constant field|$nginx|/large|$workers" \
    "sesamed, [proxy]|$ours|/large|$broker"
