#!/usr/bin/env bash
# fuzz.sh PROGRAM DIR SECONDS [TARGET]…   Searches for bytes that break a promise of a reader of Sesame's, SECONDS for
#                                         each target, and prints a line of figures for each.
# DIR/TARGET keeps the inputs that were found to reach something new, and is where the next search goes on.
# Where one breaks a promise it ends with exit code 1, and DIR/TARGET.found-* holds the bytes.
set -eu
program=$1 dir=$2 seconds=$3
shift 3
# With Swift's backtracer on, the process would die without leaving the bytes behind.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1

main() {
    mkdir -p "$dir"
    SESAME_FUZZ_SEEDS=$dir "$program" >/dev/null 2>&1
    require_coverage
    printf '%-15s %12s %9s %9s %9s %8s %6s\n' target inputs a_second edges corpus seconds found
    failed=0
    for target in ${*:-$(targets)}; do search "$target" || failed=1; done
    return "$failed"
}

targets() { find "$dir" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort; }

# Built with the wrong switches it runs at full speed and finds nothing.
require_coverage() {
    SESAME_FUZZ_TARGET=json "$program" -runs=1 2>&1 | grep -q 'INFO: Loaded .* inline 8-bit counters' \
        || { echo "fuzz.sh: $program was built without coverage" >&2; exit 2; }
}

search() {
    local target=$1 log=$dir/$1.log status=0
    SESAME_FUZZ_TARGET=$target "$program" "$dir/$target" -max_total_time="$seconds" -max_len=4096 \
        -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 -artifact_prefix="$dir/$target.found-" \
        >"$log" 2>&1 || status=$?
    figures "$target" "$log" "$status"
    return "$status"
}

figures() {
    local inputs edges found
    inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$2" | tail -1)
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$2" | tail -1)
    found=$(find "$dir" -maxdepth 1 -name "$1.found-*" | wc -l)
    printf '%-15s %12s %9s %9s %9s %8s %6s\n' "$1" "${inputs:--}" \
        "$(sed -n 's/^stat::average_exec_per_sec: *//p' "$2" | tail -1)" "${edges:--}" \
        "$(find "$dir/$1" -type f | wc -l)" "$seconds" "$found"
}

main "$@"
