# quaymaster. `make run` to try it, `make check` to test it, `make help` for everything else.
#
# The tree builds into build/. A variant is the same tree with other flags in a directory of its own:
# VARIANT=static, asan, tsan, fuzz or coverage builds into build/asan, ... V=1 shows the commands.

VARIANT ?=
B       := build$(addprefix /,$(VARIANT))

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(VARIANT),fuzz)
CC := clang
endif
COMPILER := $(if $(findstring clang,$(CC)),clang,gcc)

PREFIX  ?= /usr/local
DESTDIR ?=
# Debian 12's compilers are the reference. With others: make WERROR=
WERROR  ?= -Werror

# --- Flags ------------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wformat=2 -Wformat-security -Wconversion -Wsign-conversion \
	-Wimplicit-fallthrough -Wenum-conversion -Wswitch-enum -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wvla -Wcast-qual -Wwrite-strings -Wpointer-arith \
	-Wundef -Wnull-dereference -Wdouble-promotion
WARNINGS_gcc := -Wtrampolines -Wbidi-chars=any -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
	-Wformat-signedness -Wformat-overflow=2 -Wformat-truncation=2 -Warray-bounds=2 \
	-Wstringop-overflow=4 -Wcast-align=strict
WARNINGS_clang := -Wcomma -Wassign-enum -Wunreachable-code-aggressive \
	-Wmissing-variable-declarations -Wthread-safety -Wconditional-uninitialized

# The OpenSSF compiler hardening guide's, as far as gcc 12 has them. The sanitizers want none of these.
HARDENING := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
	-fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing
HARDENING_gcc := -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr
HARDENING_x86_64  := -fcf-protection=full
HARDENING_aarch64 := -mbranch-protection=standard
HARDENED := $(HARDENING) $(HARDENING_$(COMPILER)) $(HARDENING_$(shell uname -m))
RELRO := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,nodlopen -Wl,-z,separate-code

ASAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

VARIANT_          := -O2 $(HARDENED)
VARIANT_static    := $(VARIANT_)
VARIANT_asan      := -O1 $(ASAN)
VARIANT_tsan      := -O1 -fsanitize=thread -fno-omit-frame-pointer
VARIANT_fuzz      := -O1 $(ASAN) -fsanitize=fuzzer-no-link
# Unoptimised, gcc guesses lengths that it would know.
VARIANT_coverage  := -O0 --coverage -DCOVERAGE -Wno-format-truncation
VARIANT_FLAGS     := $(VARIANT_$(VARIANT))
$(if $(VARIANT_FLAGS),,$(error VARIANT=$(VARIANT) is none of static, asan, tsan, fuzz, coverage))

# C11 + POSIX.1-2008 everywhere; a file that needs more says _GNU_SOURCE itself.
CPPFLAGS := -I. -D_POSIX_C_SOURCE=200809L $(CPPFLAGS)
CFLAGS   := -std=c11 -g -fPIE -pthread $(WARNINGS) $(WARNINGS_$(COMPILER)) $(WERROR) $(VARIANT_FLAGS) \
	$(CFLAGS)
LDFLAGS  := $(if $(filter static,$(VARIANT)),-static-pie,-pie) -pthread -Wl,--as-needed $(if $(filter-out static,$(VARIANT)),,$(RELRO)) $(LDFLAGS)
LDLIBS   := -levent_core -levent_pthreads -lssl -lcrypto -lhttp_parser -lconfig -ljansson -lz -lseccomp $(LDLIBS)

# --- What is built from what ------------------------------------------------------------------------

PRESETS      := $(sort $(wildcard policy/presets/*.conf)) $(sort $(wildcard policy/profiles/*.conf))
POLICY       := $(sort $(wildcard policy/*.c))
CERTS        := $(sort $(wildcard certs/*.c))
PROXY        := $(sort $(filter-out proxy/main.c,$(wildcard proxy/*.c)))
UNIT         := $(sort $(wildcard tests/unit/test_*.c))
UNIT_SHARED  := $(sort $(filter-out $(UNIT),$(wildcard tests/unit/*.c)))
BENCH        := $(sort $(wildcard tests/bench/*.c))
FUZZ         := $(sort $(wildcard tests/fuzz/fuzz_*.c))

objects       = $(patsubst %.c,$(B)/%.o,$(1))
LIBRARIES    := $(B)/libproxy.a $(B)/libcerts.a $(B)/libpolicy.a
PROGRAM      := $(B)/quaymaster
UNIT_TESTS   := $(UNIT:tests/unit/%.c=$(B)/unit/%)
FUZZERS      := $(FUZZ:tests/fuzz/%.c=$(B)/%)

Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(2)')

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all run check unit vectors asan tsan valgrind e2e fuzz fuzz-smoke bench-policy bench-tenants lint tidy analyze format \
	docs hardening-check coverage manual packaging-tests deb-tests install deb image image-tests deps clean help

all: $(PROGRAM)

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/presets.o: $(B)/presets.c
	$(call say,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/presets.c: policy/presets/embed.sh $(PRESETS)
	@mkdir -p $(@D)
	$(call say,EMBED,$@)
	$(Q)sh policy/presets/embed.sh $(PRESETS) > $@

$(B)/libpolicy.a: $(call objects,$(POLICY)) $(B)/presets.o
$(B)/libcerts.a: $(call objects,$(CERTS))
$(B)/libproxy.a: $(call objects,$(PROXY))
$(LIBRARIES):
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@.$$$$ $^ && mv $@.$$$$ $@

$(PROGRAM): $(B)/proxy/main.o $(LIBRARIES)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/unit/%: $(B)/tests/unit/%.o $(call objects,$(UNIT_SHARED)) $(LIBRARIES)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(LIBRARIES)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)

$(B)/fuzz_conn: $(B)/tests/unit/fake_daemon.o

-include $(shell find $(B) -name deb -prune -o -type f -name '*.d' -print 2>/dev/null)

# --- Trying it --------------------------------------------------------------------------------------

run: ## try it: certificates, a daemon where there is none, and the docker commands to type
	@packaging/run-here.sh

# --- Testing it -------------------------------------------------------------------------------------

check: ## everything below that CI runs; ends with "N passed, N failed"
	@tests/check.sh

.PHONY: unit-tests fuzzers
unit-tests: $(UNIT_TESTS)
fuzzers: $(FUZZERS)

unit: $(UNIT_TESTS) ## unit tests
	@tests/run-unit.sh unit $(UNIT_TESTS)

vectors: $(PROGRAM) ## the policy tests of tests/vectors
	@mkdir -p build/check; $(PROGRAM) test tests/vectors/*.txt tests/vectors/profiles/*.txt >build/check/vectors.out; status=$$?; \
		sed 's/^[0-9]* passed, [0-9]* failed$$/vectors: &/' build/check/vectors.out; exit $$status

asan: ## the same under AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory VARIANT=asan all unit-tests
	@tests/run-unit.sh asan $(UNIT_TESTS:build/%=build/asan/%)

tsan: all ## a part of the end-to-end tests under ThreadSanitizer, with four workers
	@$(MAKE) --no-print-directory VARIANT=tsan all
	@tests/e2e/run --suite tsan --program build/tsan/quaymaster --workers 4 --marked tsan

# Memcheck 3.19 knows no pidfd_open, and is itself more than a sandbox lets: what needs these runs plain and under the sanitizers.
VALGRIND_TESTS := $(filter-out %/test_peer_process %/test_sandbox,$(UNIT_TESTS))
valgrind: $(VALGRIND_TESTS) ## the unit tests under valgrind
	@tests/run-unit.sh valgrind $(VALGRIND_TESTS)

e2e: all ## the docker CLI and other clients, and escape attempts, against a real daemon (DAEMON=unix://...)
	@$(MAKE) --no-print-directory VARIANT=asan all
	@tests/e2e/run --suite e2e --program build/asan/quaymaster

fuzz-differential: all ## 10,000 made-up creates: through quaymaster they mean what they mean to the daemon (CASES, SEED)
	@DIFFERENTIAL_CASES=$(or $(CASES),10000) DIFFERENTIAL_SEED=$(or $(SEED),quaymaster) TEST_SECONDS=7200 \
		tests/e2e/run --suite fuzz-differential --program $(PROGRAM) creates_mean

fuzz-smoke: ## replays each fuzz target's corpus; with SECONDS=20 also fuzzes each so long
	@$(MAKE) --no-print-directory VARIANT=fuzz fuzzers
	@FUZZ_SECONDS=$(SECONDS) tests/fuzz/smoke.sh $(FUZZ:tests/fuzz/%.c=build/fuzz/%)

fuzz: ## fuzzes TARGET=path, ... until interrupted, into build/fuzz/corpus
	@$(MAKE) --no-print-directory VARIANT=fuzz build/fuzz/fuzz_$(TARGET)
	@mkdir -p build/fuzz/corpus/$(TARGET)
	build/fuzz/fuzz_$(TARGET) -artifact_prefix=build/fuzz/ build/fuzz/corpus/$(TARGET) tests/fuzz/corpus/$(TARGET)

bench-policy: $(B)/bench_policy ## what the policy costs a request, in microseconds and instructions
	@tests/bench/run $<

bench-tenants: $(PROGRAM) $(B)/bench_tenants_stub $(B)/bench_tenants_load ## what a thousand tenants cost: lists, look-ups, memory (DAEMON=unix://..., a real one)
	@tests/bench/tenants/run $(B)

$(B)/bench_tenants_stub: $(call objects,tests/bench/tenants/stub.c tests/bench/tenants/objects.c) $(B)/libpolicy.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/bench_tenants_load: $(call objects,tests/bench/tenants/load.c)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(B)/bench_policy: $(call objects,$(BENCH)) $(LIBRARIES)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

coverage: ## line coverage of the unit tests, as build/coverage/report/index.html
	@$(MAKE) --no-print-directory VARIANT=coverage unit-tests
	@tests/coverage.sh $(UNIT_TESTS:build/%=build/coverage/%)

# --- Keeping it in shape ----------------------------------------------------------------------------

lint: all tidy analyze ## clang-tidy, cppcheck, -fanalyzer, format, layers, purity, headers, sizes, shell, spelling
	@tests/lint/run

# One stamp a file: a file is looked at again when it, or a header of its, has changed.
SOURCES := $(POLICY) $(CERTS) $(PROXY) proxy/main.c

tidy: $(SOURCES:%.c=build/tidy/%.ok) ## clang-tidy
build/tidy/%.ok: %.c build/%.o .clang-tidy
	@mkdir -p $(@D)
	$(call say,TIDY,$<)
	$(Q)clang-tidy --quiet $< -- -std=c11 $(CPPFLAGS) 2>&1 | \
		{ ! grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header'; }
	@touch $@

analyze: $(SOURCES:%.c=build/analyze/%.ok) ## cppcheck and gcc -fanalyzer
build/analyze/%.ok: %.c build/%.o
	@mkdir -p $(@D)
	$(call say,CHECK,$<)
	$(Q)cppcheck --quiet --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingIncludeSystem --library=posix --std=c11 -I. $<
	$(Q)gcc -std=c11 -O1 $(CPPFLAGS) -fanalyzer -Werror -c -o $(@:.ok=.o) $<
	@touch $@

format: ## clang-format on everything, in place
	clang-format -i $(shell find proxy policy certs tests -name '*.[ch]')

docs: $(B)/generate_operations ## docs/operations.md, from the catalogue
	$(B)/generate_operations > docs/operations.md

$(B)/generate_operations: $(B)/docs/generate_operations.o $(LIBRARIES)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

hardening-check: $(PROGRAM) ## PIE, RELRO, BIND_NOW, no executable stack, fortified
	@tests/lint/hardening.sh $(PROGRAM)

# --- Installing it ----------------------------------------------------------------------------------

MANDIR         ?= $(PREFIX)/share/man
COMPLETION     := $(B)/manual/completion/quaymaster.bash $(B)/manual/completion/quaymaster.fish \
	$(B)/manual/completion/_quaymaster

manual: $(B)/manual/man.ok $(COMPLETION) ## manual pages and shell completion, of the help texts and docs/
$(B)/manual/man.ok: $(PROGRAM) packaging/man/pages.sh packaging/man/document.awk packaging/man/see-also.h2m $(wildcard docs/*.md)
	$(call say,MAN,$(@D)/man)
	$(Q)packaging/man/pages.sh $(PROGRAM) $(@D)/man
	@touch $@
$(B)/manual/completion/quaymaster.%: $(PROGRAM) packaging/completion/generate.py
	@mkdir -p $(@D)
	$(Q)packaging/completion/generate.py $* $(PROGRAM) > $@
$(B)/manual/completion/_quaymaster: $(PROGRAM) packaging/completion/generate.py
	@mkdir -p $(@D)
	$(Q)packaging/completion/generate.py zsh $(PROGRAM) > $@

packaging-tests: manual ## manual pages and completion, as their readers read them
	@tests/packaging/run $(PROGRAM) $(B)/manual

SYSCONFDIR    ?= /etc
SYSTEMD_UNITS ?= $(PREFIX)/lib/systemd/system
UNITS         := $(B)/systemd/quaymaster.service $(B)/systemd/quaymaster@.service $(wildcard systemd/*.socket)

deb-tests: deb ## the package, installed into a system of its own
	@tests/packaging/deb.sh build/deb

install: $(PROGRAM) manual $(UNITS) ## the program, its units, manual and completion, to DESTDIR/PREFIX
	install -D -m 0755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/quaymaster
	for page in $(B)/manual/man/*; do install -D -m 0644 -t $(DESTDIR)$(MANDIR)/man$${page##*.} $$page || exit 1; done
	install -D -m 0644 $(B)/manual/completion/quaymaster.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/quaymaster
	install -D -m 0644 $(B)/manual/completion/_quaymaster $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_quaymaster
	install -D -m 0644 $(B)/manual/completion/quaymaster.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/quaymaster.fish
	for unit in $(UNITS); do install -D -m 0644 -t $(DESTDIR)$(SYSTEMD_UNITS) $$unit || exit 1; done
	install -D -m 0644 systemd/quaymaster.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/quaymaster.conf
	install -D -m 0644 systemd/quaymaster.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/quaymaster.conf
	for file in quaymaster.conf users.conf; do [ -e $(DESTDIR)$(SYSCONFDIR)/quaymaster/$$file ] || \
		install -D -m 0640 packaging/config/$$file $(DESTDIR)$(SYSCONFDIR)/quaymaster/$$file || exit 1; done

$(B)/systemd/quaymaster.service: systemd/quaymaster.service
	@mkdir -p $(@D)
	$(Q)sed 's|/usr/bin/|$(PREFIX)/bin/|' $< > $@
$(B)/systemd/quaymaster@.service: $(B)/systemd/quaymaster.service systemd/instance.sed
	$(Q)sed -f systemd/instance.sed $< > $@

image: ## container images quaymaster:latest and quaymaster:endpoint, by DOCKER (docker)
	@$(MAKE) --no-print-directory VARIANT=static all 2>build/static.log || { cat build/static.log >&2; exit 1; }
	@mkdir -p build/image
	@packaging/container/root.sh build/static/quaymaster > build/image/root.tar
	@cp packaging/container/Dockerfile packaging/container/endpoint.conf build/image/
	$(or $(DOCKER),docker) build -q --target sidecar -t quaymaster:latest build/image
	$(or $(DOCKER),docker) build -q --target endpoint -t quaymaster:endpoint build/image

image-tests: ## the images, as a sidecar and as the TLS endpoint, before a daemon of their own
	@tests/packaging/image.sh

deb: ## a Debian package, in build/deb
	@packaging/make-deb.sh build/deb

deps: ## installs the Debian packages that building and testing need
	@packaging/install-packages.sh build test

clean: ## removes build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /\1\t/p' Makefile | expand -t 18
