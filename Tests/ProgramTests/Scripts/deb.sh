#!/usr/bin/env bash
# deb.sh FOLDER   Installs the package in FOLDER into a fresh Debian of the same release, uses it there and
# removes it. Needs root and the network, and says so where it cannot run. Leaves nothing behind.
set -eu

skip() {
    echo "deb.sh: skipped: $1" >&2
    exit 0
}

# With mounts and processes of its own, so that all of them end with it.
if [ "${2-}" != apart ]; then
    [ "$(id -u)" = 0 ] || skip "only root can make a Debian inside of this one"
    unshare --mount --pid --fork true 2>/dev/null || skip "this machine allows no mounts of our own"
    command -v debootstrap >/dev/null || "$(dirname "$0")/../../../.ci/packages" debootstrap
    exec unshare --mount --pid --fork --kill-child "$0" "$1" apart
fi

package=$(find "$1" -maxdepth 1 -name 'sesame_*.deb' 2>/dev/null | head -n 1)
[ -n "$package" ] || { echo "deb.sh: there is no package; run 'make deb' first" >&2; exit 1; }
room=$(mktemp -d)
root=$room/root
trap 'umount "$root/proc" 2>/dev/null; rm -rf "$room"' EXIT
trap 'exit 130' INT TERM
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

step() { printf '# %s\n' "$1"; }
fail() {
    echo "deb.sh: $1" >&2
    exit 1
}
# inside USER COMMAND…   Runs a command in the new Debian.
inside() {
    local user=$1
    shift
    chroot --userspec="$user" "$root" env -i LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        DEBIAN_FRONTEND=noninteractive HOME="/home/$user" "$@"
}
# Logs what a package manager says, and shows it only when something went wrong.
quietly() {
    "$@" >"$room/log" 2>&1 || { cat "$room/log" >&2; fail "failed: $*"; }
}
# All files but those that say what was installed when, and what is made of others.
files() {
    find "$root" -xdev \( -path "$root/proc" -o -path "$root/tmp" -o -path "$root/var/cache" \
        -o -path "$root/var/lib/apt" -o -path "$root/var/log" -o -path "$root/home" \) -prune -o -print \
        | sort
}
expect_nothing_of_ours() {
    local left
    left=$(files | grep -i sesame || true)
    [ -z "$left" ] || fail "these are left: $left"
}

. /etc/os-release
step "A Debian $VERSION_CODENAME with nothing but its base, and man"
debootstrap --variant=minbase --include=man-db "$VERSION_CODENAME" "$root" ${MIRROR:+"$MIRROR"} >"$room/log" 2>&1 \
    || { tail -n 3 "$room/log" >&2; skip "a Debian cannot be fetched"; }
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/"
cp "$package" "$root/tmp/sesame.deb"
quietly inside root apt-get update

step "apt-get install ./sesame.deb"
quietly inside root apt-get install --yes --no-install-recommends /tmp/sesame.deb
inside root dpkg-query --show --showformat='${Package} ${Version} ${db:Status-Status}\n' sesame
inside root dpkg --verify sesame
quietly inside root apt-get purge --yes sesame
expect_nothing_of_ours
inside root useradd --create-home ada
files >"$room/before"
quietly inside root apt-get install --yes --no-install-recommends /tmp/sesame.deb

step "A first profile against the practice server, as a user"
inside ada sesame version
inside ada /usr/libexec/sesame/sesame-playground --quiet --ready-file /home/ada/ready >/dev/null &
for _ in $(seq 200); do [ ! -s "$root/home/ada/ready" ] || break; sleep 0.05; done
origin=$(sed -nE 's/.*"base_url":"([^"]+)".*/\1/p' "$root/home/ada/ready")
printf practice-secret >"$root/home/ada/secret"
chmod 644 "$root/home/ada/secret"
# use USER CONFIGURATION VARIABLES…   Makes a profile whose login needs no person, and prints the start of a
# token. Nothing is remembered in the kernel's keyring, which is this machine's as well.
use() {
    local user=$1 configuration=$2
    shift 2
    inside "$user" env "$@" sh -ec "
        mkdir -p ${configuration%/*}
        printf '[store]\nanchor = off\n' >$configuration
        sesame setup work --issuer $origin/strict --client-id practice-service \
            --grant client_credentials --client-auth client_secret_basic \
            --client-secret-stdin </home/ada/secret
        sesame token work | cut -c 1-8; sesame profiles"
}
use ada /home/ada/.config/sesame/config

step "Manual, completions, helpers"
for page in man1/sesame.1 man5/sesame-config.5 man8/sesamed.8; do
    gzip --test "$root/usr/share/man/$page.gz"
done
inside ada man -w sesame sesame-config sesamed git-credential-sesame
inside root bash -n /usr/share/bash-completion/completions/sesame
ls "$root/usr/share/zsh/site-functions/_sesame" "$root/usr/share/fish/vendor_completions.d/sesame.fish" >/dev/null
for name in git docker; do
    [ "$(readlink "$root/usr/bin/$name-credential-sesame")" = sesame ] || fail "no link for $name"
done

step "The account of the machine's broker, which an installation makes once"
! grep -q '^sesame:' "$root/etc/passwd" || fail "an account without systemd-sysusers"
quietly inside root apt-get install --yes --no-install-recommends systemd-standalone-sysusers
for _ in 1 2; do quietly inside root dpkg-reconfigure sesame; done
grep '^sesame:' "$root/etc/passwd"
[ -z "$(find "$root/etc/systemd" -name 'sesamed*')" ] || fail "a unit was enabled"

step "A machine's store, which outlives a removal and not a purge"
inside root install -d -o sesame -g sesame -m 700 /var/lib/sesame /var/lib/sesame-anchor /run/sesame
inside root install -d -o sesame -g sesame -m 755 /etc/sesame
use sesame /etc/sesame/config HOME=/var/lib/sesame XDG_STATE_HOME=/var/lib SESAME_CONFIG=/etc/sesame/config \
    SESAME_SOCKET=/run/sesame/broker.sock XDG_CONFIG_HOME=/var/lib/sesame
quietly inside root apt-get remove --yes sesame
[ ! -e "$root/usr/bin/sesame" ] || fail "a program outlived the removal"
for kept in /etc/sesame/config /var/lib/sesame/store.db /home/ada/.local/state/sesame/store.db; do
    [ -s "$root$kept" ] || fail "a removal took $kept away"
done
quietly inside root apt-get install --yes --no-install-recommends /tmp/sesame.deb
inside ada sesame profiles
quietly inside root apt-get purge --yes sesame
[ -s "$root/home/ada/.local/state/sesame/store.db" ] || fail "a purge took a user's store away"

step "Nothing is left"
quietly inside root apt-get purge --yes systemd-standalone-sysusers
rm -rf "$root/run/sesame"
expect_nothing_of_ours
files | diff "$room/before" - >"$room/difference" || true
cat "$room/difference"
grep -q '^[<>]' "$room/difference" && fail "the list of files is another one" || true
echo "deb.sh: all as it should be"
