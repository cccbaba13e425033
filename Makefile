# Sesame: what to do with a clone.
#
#   make demo      install what is missing, build, and show the whole job on a practice server
#   make test      build everything with warnings as errors and run all the tests
#   make torture   repeat the figures of docs/reliability.md: every fault, and 10,000 kills
#   make build     the release programs, in .build/bin/
#   make install   place them and the units of systemd under $(DESTDIR)$(PREFIX); PREFIX is /usr/local
#   make bench     measure what docs/performance.md promises, on this machine
#   make soak      run a broker for an hour at 200 requests a second, a line of figures a minute
#   make lint      check the style of all the Swift sources
#   make deps      install the Debian packages that a build needs, or print the command
#   make clean     remove everything that was built
#   make help      print this text

PREFIX ?= /usr/local
DESTDIR ?=

SWIFT := swift
PROGRAMS := sesame sesamed sesame-playground
BIN := .build/bin
SCRIPTS := Tests/ProgramTests/Scripts

BUILD_PACKAGES := libssl-dev libcurl4-openssl-dev libsqlite3-dev pkg-config
TEST_PACKAGES := curl openssl socat binutils

.PHONY: help deps demo test torture build install bench soak lint clean
.DEFAULT_GOAL := help

help:
	@sed -n '/^#   make/s/^#   //p' Makefile

deps:
	@.ci/packages $(BUILD_PACKAGES)

demo: deps
	$(SWIFT) build
	@$(SCRIPTS)/demo.sh .build/debug

# All tests of one run start at once, and what waits for an answer waits for all of them. So there are
# several runs: on a slow machine, too, no time limit is met. The long suites, all of them in these groups,
# keep it busy by themselves.
TEST_GROUPS := ^SesameStoreTests ^SesameBroker ^ProgramTests ^SesameHTTPServerTests
LONG_SUITES := on a disk that fails|which any bit is changed|Eight processes on one store|killed within|A store with a passphrase
TEST := SESAME_DEVELOPMENT=1 $(SWIFT) test --skip-build --disable-xctest

# glewlwyd, a real authorization server, and age are worth having and not worth failing for: without
# them their tests say that they were skipped. CI sets SESAME_REQUIRED_TOOLS, and there they
# fail instead.
test: deps
	@.ci/packages $(TEST_PACKAGES)
	@.ci/packages glewlwyd sqlite3 || echo "make: the tests against glewlwyd will be skipped" >&2
	@.ci/packages age || echo "make: the tests against age will be skipped" >&2
	SESAME_DEVELOPMENT=1 $(SWIFT) build --build-tests
	@set -e; for group in $(TEST_GROUPS); do \
	    $(TEST) --filter "$$group" --skip '$(LONG_SUITES)'; \
	done
	$(TEST) $(addprefix --skip ,$(TEST_GROUPS))
	$(TEST) --filter '$(LONG_SUITES)'

torture: deps
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --disable-xctest --filter 'The window of a renewal'
	SESAME_TORTURE=1 $(SWIFT) test --skip-build --disable-xctest --filter 'A store on a disk that fails'
	SESAME_TORTURE=1 $(SWIFT) test --skip-build --disable-xctest --filter 'A store in which any bit is changed'
	SESAME_TORTURE=1 $(SWIFT) test --skip-build --disable-xctest --filter 'Eight processes on one store'
	SESAME_TORTURE=1 $(SWIFT) test --skip-build --disable-xctest --filter 'A broker on a disk that fails'
	SESAME_KILL_ROUNDS=1250 $(SWIFT) test --skip-build --disable-xctest --filter 'A broker that is killed'

# The client starts in about a millisecond because it is fully static, so it has a build of its own.
# The broker stays dynamic towards the libraries that Debian patches, and carries the Swift runtime.
build: deps
	$(SWIFT) build -c release --static-swift-stdlib --product sesamed
	$(SWIFT) build -c release --static-swift-stdlib --product sesame-playground
	$(SWIFT) build -c release --product sesame --scratch-path .build/static \
	    -Xswiftc -static-executable -Xlinker -s
	@mkdir -p $(BIN)
	@cp .build/release/sesamed .build/release/sesame-playground .build/static/release/sesame $(BIN)/
	@echo "built: $(addprefix $(BIN)/,$(PROGRAMS))"

# No dependency on `build`: so that `sudo make install` compiles nothing as root.
install:
	@test -x $(BIN)/sesame || { echo "make: nothing is built yet; run 'make build' first" >&2; exit 1; }
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 $(addprefix $(BIN)/,$(PROGRAMS)) "$(DESTDIR)$(PREFIX)/bin/"
	@for unit in user/sesamed.socket user/sesamed.service system/sesamed.socket system/sesamed.service; do \
	    target="$(DESTDIR)$(PREFIX)/lib/systemd/$$unit"; \
	    install -d "$${target%/*}" && sed 's|@BINDIR@|$(PREFIX)/bin|' "docs/systemd/$$unit" >"$$target" \
	        && chmod 644 "$$target" || exit 1; \
	done
	install -D -m 644 docs/systemd/sysusers/sesame.conf "$(DESTDIR)$(PREFIX)/lib/sysusers.d/sesame.conf"

bench: build
	$(SWIFT) build -c release --static-swift-stdlib --product store-worker
	@$(SCRIPTS)/bench.sh $(BIN)
	@$(SCRIPTS)/bench-broker.sh $(BIN) .build/release/store-worker
	@$(SCRIPTS)/bench-store.sh .build/release/store-worker
	@$(SCRIPTS)/bench-proxy.sh $(BIN)

soak: build
	@$(SCRIPTS)/soak.sh $(BIN)

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

clean:
	rm -rf .build
