# Sesame: what to do with a clone.
#
#   make demo      install what is missing, build, and show the whole job on a practice server
#   make test      build everything with warnings as errors and run all the tests
#   make torture   repeat the figures of docs/reliability.md: every fault, and 10,000 kills
#   make build     the release programs, in .build/bin/
#   make install   place programs, manual pages, completions and units under $(DESTDIR)$(PREFIX); PREFIX is /usr/local
#   make uninstall remove what make install has placed, and nothing else
#   make deb       build a Debian package, in .build/deb/
#   make check-deb install it into a fresh Debian, use it there and remove it; needs root and the network
#   make bench     measure what docs/performance.md promises, on this machine
#   make fuzz      search for bytes that break a reader, SECONDS for each of FUZZ_TARGETS (60, and all of them)
#   make sanitize  run the tests under the address sanitizer, then under the thread sanitizer
#   make checklist run the tests, and print which of them show what the standards ask (docs/standards.md), and how they ended
#   make soak      run a broker for an hour at 200 requests a second, a line of figures a minute
#   make check-api send requests that are made out of docs/openapi.yaml to a broker (schemathesis, from PyPI)
#   make order     find out anew which functions of the client should lie side by side (with valgrind)
#   make lint      check the style of all the Swift sources
#   make pages     make the manual page and the completions, which make build does as well
#   make deps      install the Debian packages that a build needs, or print the command
#   make clean     remove everything that was built
#   make help      print this text

PREFIX ?= /usr/local
DESTDIR ?=

SWIFT := swift
PROGRAMS := sesame sesamed sesame-playground
BIN := .build/bin
PAGES := .build/share
DEB := .build/deb
SCRIPTS := Tests/ProgramTests/Scripts

BUILD_PACKAGES := libssl-dev libcurl4-openssl-dev libsqlite3-dev pkg-config
TEST_PACKAGES := curl openssl socat binutils
DEB_PACKAGES := dpkg-dev binutils lintian

# All that is installed: kind, source and place below PREFIX. `install` and `uninstall` read this list.
# The names of the helpers are how git and docker look for them.
INSTALLED := $(foreach program,$(PROGRAMS),program:$(BIN)/$(program):bin/$(program)) \
    link:sesame:bin/git-credential-sesame \
    link:sesame:bin/docker-credential-sesame \
    file:$(PAGES)/sesame.1:share/man/man1/sesame.1 \
    link:sesame.1:share/man/man1/git-credential-sesame.1 \
    link:sesame.1:share/man/man1/docker-credential-sesame.1 \
    file:docs/man/sesame-config.5:share/man/man5/sesame-config.5 \
    file:docs/man/sesamed.8:share/man/man8/sesamed.8 \
    file:$(PAGES)/sesame.bash:share/bash-completion/completions/sesame \
    file:$(PAGES)/sesame.zsh:share/zsh/site-functions/_sesame \
    file:$(PAGES)/sesame.fish:share/fish/vendor_completions.d/sesame.fish \
    unit:docs/systemd/user/sesamed.socket:lib/systemd/user/sesamed.socket \
    unit:docs/systemd/user/sesamed.service:lib/systemd/user/sesamed.service \
    unit:docs/systemd/system/sesamed.socket:lib/systemd/system/sesamed.socket \
    unit:docs/systemd/system/sesamed.service:lib/systemd/system/sesamed.service \
    file:docs/systemd/sysusers/sesame.conf:lib/sysusers.d/sesame.conf \
    file:LICENSE:share/doc/sesame/LICENSE \
    file:README.md:share/doc/sesame/README.md \
    $(foreach page,$(sort $(wildcard docs/*.md docs/*.yaml docs/ways-out/*.md)),file:$(page):share/doc/sesame/$(page))

.PHONY: help deps demo test torture build pages install uninstall deb check-deb bench order soak check-api checklist fuzz sanitize lint clean
.DEFAULT_GOAL := help

help:
	@sed -n '/^#   make/s/^#   //p' Makefile

deps:
	@.ci/packages $(BUILD_PACKAGES)

demo: deps
	$(SWIFT) build
	@$(SCRIPTS)/demo.sh .build/debug

# Eight tests at once: enough to keep two cores busy while some wait, and few enough that one which waits for an
# answer need not wait for hundreds. The long suites come by themselves: other tests beside them would stand still.
TEST_GROUPS := ^SesameStoreTests ^SesameBroker ^ProgramTests ^SesameHTTPServerTests ^SesameSystemTests
LONG_SUITES := on a disk that fails|which any bit is changed|Eight processes on one store|killed within|A store with a passphrase
TEST := SESAME_DEVELOPMENT=1 SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8 $(SWIFT) test --skip-build --disable-xctest

# glewlwyd, a real authorization server, and the tools that Sesame serves are worth having and not worth failing for: without
# them their tests say that they were skipped. CI sets SESAME_REQUIRED_TOOLS, and there they
# fail instead.
test: deps
	@.ci/packages $(TEST_PACKAGES)
	@.ci/packages glewlwyd sqlite3 || echo "make: the tests against glewlwyd will be skipped" >&2
	@.ci/packages zsh fish mandoc || echo "make: the tests of completion and manual will be skipped" >&2
	@.ci/packages age || echo "make: the tests against age will be skipped" >&2
	@.ci/packages oidc-agent-cli socat || echo "make: the tests against oidc-agent will be skipped" >&2
	@.ci/packages git msmtp isync libsasl2-modules-kdexoauth2 mutt \
	    || echo "make: the tests with git and mail programs will be skipped" >&2
	@command -v kubectl >/dev/null || .ci/packages kubernetes-client \
	    || echo "make: the tests with kubectl will be skipped" >&2
	@.ci/packages nginx prometheus rclone \
	    || echo "make: the tests with nginx, Prometheus and rclone will be skipped" >&2
	SESAME_DEVELOPMENT=1 $(SWIFT) build --build-tests
	@set -e; for group in $(TEST_GROUPS); do \
	    $(TEST) --filter "$$group" --skip '$(LONG_SUITES)'; \
	done
	$(TEST) $(addprefix --skip ,$(TEST_GROUPS))
	$(TEST) --filter '$(LONG_SUITES)'

checklist:
	@mkdir -p .build
	@$(MAKE) --no-print-directory test >.build/tests.log 2>&1 || echo "make: not all tests passed; see .build/tests.log" >&2
	@$(SCRIPTS)/checklist.sh docs/standards.md .build/tests.log

torture: deps
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --disable-xctest --filter 'The window of a renewal'
	SESAME_TORTURE=1 $(SWIFT) test --skip-build --disable-xctest --filter 'A store on a disk that fails'
	SESAME_TORTURE=1 $(SWIFT) test --skip-build --disable-xctest --filter 'A store in which any bit is changed'
	SESAME_TORTURE=1 $(SWIFT) test --skip-build --disable-xctest --filter 'Eight processes on one store'
	SESAME_TORTURE=1 $(SWIFT) test --skip-build --disable-xctest --filter 'A broker on a disk that fails'
	SESAME_KILL_ROUNDS=1250 $(SWIFT) test --skip-build --disable-xctest --filter 'A broker that is killed'

# The client starts in about a millisecond because it is fully static, so it has a build of its own. It is
# linked by the toolchain's lld: the usual linker puts what is only read among what is written. And the functions
# that a token needs lie side by side. Both save page faults, and with them a quarter of its time.
# The broker stays dynamic towards the libraries that Debian patches, and carries the Swift runtime.
STATIC := -Xswiftc -static-executable -Xswiftc -use-ld=lld -Xlinker --no-warn-symbol-ordering \
    -Xlinker --symbol-ordering-file=$(CURDIR)/Sources/sesame/functions.order
build: deps
	$(SWIFT) build -c release --static-swift-stdlib --product sesamed
	$(SWIFT) build -c release --static-swift-stdlib --product sesame-playground
	$(SWIFT) build -c release --product sesame --scratch-path .build/static \
	    $(STATIC) -Xlinker -s
	@mkdir -p $(BIN)
	@install .build/release/sesamed .build/release/sesame-playground .build/static/release/sesame $(BIN)/
	@$(MAKE) --no-print-directory pages
	@echo "built: $(addprefix $(BIN)/,$(PROGRAMS))"

# What the client knows of itself.
pages:
	@mkdir -p $(PAGES)
	@$(BIN)/sesame help --mdoc >$(PAGES)/sesame.1
	@for shell in bash zsh fish; do $(BIN)/sesame completion $$shell >$(PAGES)/sesame.$$shell || exit 1; done

# No dependency on `build`: so that `sudo make install` compiles nothing as root.
install:
	@test -x $(BIN)/sesame && test -s $(PAGES)/sesame.1 \
	    || { echo "make: nothing is built yet; run 'make build' first" >&2; exit 1; }
	@set -e; for entry in $(INSTALLED); do \
	    kind=$${entry%%:*}; place=$${entry##*:}; source=$${entry#*:}; source=$${source%:*}; \
	    target="$(DESTDIR)$(PREFIX)/$$place"; \
	    install -d "$${target%/*}"; \
	    case $$kind in \
	    program) install -m 755 "$$source" "$$target" ;; \
	    file) install -m 644 "$$source" "$$target" ;; \
	    link) ln -sfn "$$source" "$$target" ;; \
	    unit) sed 's|@BINDIR@|$(PREFIX)/bin|' "$$source" >"$$target"; chmod 644 "$$target" ;; \
	    esac; \
	done
	@echo "installed: $(words $(INSTALLED)) files below $(DESTDIR)$(PREFIX)"

# Folders that others use stay, even where nothing is left in them.
uninstall:
	@for entry in $(INSTALLED); do rm -f "$(DESTDIR)$(PREFIX)/$${entry##*:}"; done
	@for folder in share/doc/sesame/docs share/doc/sesame; do \
	    rmdir "$(DESTDIR)$(PREFIX)/$$folder" 2>/dev/null || true; \
	done

# Like `install`, it packs what is built.
deb:
	@.ci/packages $(DEB_PACKAGES)
	@.ci/deb $(BIN) $(DEB)

check-deb:
	@$(SCRIPTS)/deb.sh $(DEB)

bench: build
	$(SWIFT) build -c release --static-swift-stdlib --product store-worker
	$(SWIFT) build -c release --static-swift-stdlib --product signature-bench
	@$(SCRIPTS)/bench.sh $(BIN)
	@$(SCRIPTS)/bench-broker.sh $(BIN) .build/release/store-worker
	@$(SCRIPTS)/bench-store.sh .build/release/store-worker
	@$(SCRIPTS)/bench-proxy.sh $(BIN)
	@$(SCRIPTS)/bench-signatures.sh .build/release/signature-bench
	@.ci/packages libyajl-dev
	$(SWIFT) build -c release --static-swift-stdlib --product json-bench
	@$(SCRIPTS)/bench-json.sh .build/release/json-bench
	@.ci/packages python3-requests || echo "make: the import beside Python will be skipped" >&2
	@$(SCRIPTS)/bench-contacts.sh $(BIN)

order: build
	$(SWIFT) build -c release --product sesame --scratch-path .build/symbols $(STATIC)
	@$(SCRIPTS)/order.sh $(BIN) .build/symbols/release/sesame Sources/sesame/functions.order

# The sanitizer for addresses and libFuzzer together give no coverage unless it is asked for by name. All targets
# are instrumented; the tests' access to internals is needed in a release build too.
SECONDS ?= 60
FUZZ_TARGETS ?=
FUZZ := -Xswiftc -enable-testing --sanitize=fuzzer --sanitize=address \
    -Xswiftc -sanitize-coverage=edge,trace-cmp,inline-8bit-counters,pc-table
fuzz: deps
	SESAME_FUZZ=1 $(SWIFT) build -c release --product fuzz --scratch-path .build/fuzz $(FUZZ)
	@$(SCRIPTS)/fuzz.sh .build/fuzz/release/fuzz .build/fuzz/corpus $(SECONDS) $(FUZZ_TARGETS)

# Each with products of its own, since everything is compiled in another way. The long suites are left out.
sanitize: deps
	@TEST_GROUPS='$(TEST_GROUPS)' LONG_SUITES='$(LONG_SUITES)' $(SCRIPTS)/sanitize.sh $(SWIFT)

soak: build
	@$(SCRIPTS)/soak.sh $(BIN)

check-api: deps
	@.ci/packages $(TEST_PACKAGES)
	$(SWIFT) build
	@$(SCRIPTS)/schemathesis.sh .build/debug

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

clean:
	rm -rf .build
