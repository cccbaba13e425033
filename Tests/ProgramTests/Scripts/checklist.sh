#!/usr/bin/env bash
# checklist.sh DOCUMENT LOG   Prints each row of docs/standards.md with its tests and how they ended in the log of a
# test run: passed, failed, or not run.
set -eu
awk '
    FNR == NR {
        # ✔ Test "name" passed after …, or with 3 test cases passed after …
        sub(/.*(✔|✘) /, "")
        if (match($0, /(Test|Suite) .* (passed|failed) after/)) {
            line = substr($0, RSTART, RLENGTH)
            result = line ~ / failed after$/ ? "FAILED" : "passed"
            sub(/^(Test|Suite) /, "", line)
            sub(/ (with [0-9]+ test cases? )?(passed|failed) after$/, "", line)
            gsub(/^"|"$/, "", line); gsub(/^`|`$/, "", line); gsub(/\\"/, "\"", line)
            if (results[line] != "FAILED") results[line] = result
        }
        next
    }
    /^## / { print ""; print substr($0, 4) }
    /^\| [A-Z]+-[0-9]+ / {
        split($0, cells, / *\| */)
        rows++
        count = split(cells[5], tests, /<br>/)
        failed = ran = 0
        for (i = 1; i <= count; i++) {
            name = tests[i]
            if (name !~ /^`/) continue
            gsub(/`/, "", name); sub(/^.* \/ /, "", name)
            if (results[name] == "") state = "not run"
            else { state = results[name]; ran++ }
            if (state == "FAILED") failed++
            printf "%-6s %-8s %s\n", cells[2], state, tests[i]
        }
        if (!ran) { printf "%-6s %-8s %s\n", cells[2], "-", cells[5]; none++ }
        if (failed) bad++
        else if (ran) good++
    }
    END { printf "\n%d rows: %d passed, %d failed, %d without a test that was run\n", rows, good, bad, none }
' "$2" "$1"
