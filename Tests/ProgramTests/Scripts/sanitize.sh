#!/usr/bin/env bash
# sanitize.sh SWIFT [address|thread]…   Builds everything under a sanitizer, and runs the tests under it; both without an
#                                       argument. TEST_GROUPS and LONG_SUITES are those of the Makefile.
# It goes on after a failure, since a run takes long, and ends with exit code 1 where a test failed or a sanitizer had
# something to report. The reports are in .build/address/report.PROCESS and .build/thread/report.PROCESS.
set -u
swift=$1
shift
export SESAME_DEVELOPMENT=1 SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4

main() {
    failed=0
    for sanitizer in "$@"; do
        scratch=$PWD/.build/$sanitizer
        flags=(--sanitize="$sanitizer" --scratch-path "$scratch" -Xlinker "$scratch/sanitizer.o")
        definitions=(-DREPORTS="\"$scratch/report\"")
        if [ "$sanitizer" = thread ]; then
            # Swift's own mutex is one that this sanitizer does not know; see Locked.swift.
            flags+=(-Xswiftc -DTHREAD_SANITIZER)
            definitions+=(-DTHREAD_SANITIZER)
        fi
        build || exit
        try_groups
        show_reports
    done
    exit "$failed"
}

build() {
    mkdir -p "$scratch"
    rm -f "$scratch"/report.*
    clang -O1 -c "${definitions[@]}" -o "$scratch/sanitizer.o" "${BASH_SOURCE%/*}/sanitizer.c" \
        && "$swift" build --build-tests "${flags[@]}"
}

try_groups() {
    others=()
    for group in $TEST_GROUPS; do
        try --filter "$group"
        others+=(--skip "$group")
    done
    try "${others[@]}"
}

# The long suites would take hours. Four do not fit: one that looks through the memory of a process finds terabytes that
# are the sanitizer's; one that compiles a program of its own has no sanitizer to link it with; and where two allow files
# of a few bytes only, the thread sanitizer's runtime gives up.
try() {
    "$swift" test --skip-build --disable-xctest "${flags[@]}" "$@" --skip "$LONG_SUITES" \
        --skip 'The memory of a broker' --skip 'work in Swift' \
        --skip 'is whole again once the disk is no longer full' \
        --skip 'a broker for one command starts no renewal' || failed=1
}

show_reports() {
    for report in "$scratch"/report.*; do
        [ -e "$report" ] || continue
        failed=1
        cat "$report" >&2
    done
}

main ${*:-address thread}
