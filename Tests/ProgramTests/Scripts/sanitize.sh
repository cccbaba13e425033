#!/usr/bin/env bash
# sanitize.sh SWIFT [address|thread]…   Builds everything under a sanitizer, and runs the tests under it; both without an
#                                       argument. A report of a sanitizer ends the program that it is about.
set -eu
swift=$1
shift
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4
# What libraries keep until the process ends is no leak of ours, and C libraries are not instrumented.
export ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=halt_on_error=1
# A library that is loaded first, figures of memory, and long suites that would take hours.
left_out='preloaded|memory|Memory|on a disk that fails|which any bit is changed|Eight processes on one store|killed within'

for sanitizer in ${*:-address thread}; do
    flags=(--sanitize="$sanitizer" --scratch-path ".build/$sanitizer")
    # Swift's own mutex is one that the thread sanitizer does not know; see Locked.swift.
    [ "$sanitizer" = address ] || flags+=(-Xswiftc -DTHREAD_SANITIZER)
    "$swift" build --build-tests "${flags[@]}"
    for group in SesameStoreTests 'SesameBroker.*' ProgramTests SesameHTTPServerTests SesameSystemTests; do
        "$swift" test --skip-build --disable-xctest "${flags[@]}" --filter "^$group\." --skip "$left_out"
    done
    "$swift" test --skip-build --disable-xctest "${flags[@]}" --skip '^SesameStoreTests' --skip '^SesameBroker' \
        --skip '^ProgramTests' --skip '^SesameHTTPServerTests' --skip '^SesameSystemTests' --skip "$left_out"
done
