#!/usr/bin/env bash
# oidc-account.sh FOLDER ORIGIN PROGRAMS ISSUER   Makes an account `bench` of a real oidc-agent at the practice server of
# that origin, sealed with the passphrase `practice`, in FOLDER/oidc. Nothing is left running.
set -eu
practice=$1
origin=$2
export PATH=$3:$PATH
issuer_name=$4
callback_port=$((20000 + RANDOM % 10000))
. "$(dirname "$0")/subjects.sh"
start_oidc_agent
end_oidc_agent
