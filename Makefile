# SPDX-License-Identifier: BSD-2-Clause
# Every entry point. `make help` lists the targets that carry a `##` comment.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules

BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PREFIX ?= /usr/local
VERSION := 0.1.0

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)')

# SAN=1 builds everything that runs in user space with AddressSanitizer and UndefinedBehaviorSanitizer, apart from the
# ordinary build.
ifdef SAN
BUILD := $(BUILD)/san
SAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all
endif

WARNINGS := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wshadow -Wvla
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVOXDP_VERSION='"$(VERSION)"' -DVOXDP_PREFIX='"$(PREFIX)"' \
	$(CFLAGS) $(WARNINGS) $(SAN_FLAGS) -Iinclude -Iuser -I. -I$(BUILD) -MMD -MP
LIBS = -lbpf -lxdp -lyaml -ljansson -lpcap -lcrypto -lmicrohttpd -lgnutls -lcrypt -lelf -lz

USER_SOURCES := $(wildcard user/*.c user/*/*.c)
LIB_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out user/main.c,$(USER_SOURCES)))
TEST_LIB_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/lib/*.c))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
BPF_TESTS := $(patsubst tests/bpf/%.c,$(BUILD)/tests/bpf/%,$(wildcard tests/bpf/test_*.c))
TRAFFIC := $(BUILD)/tests/e2e/traffic
CAPTURES := $(BUILD)/tests/e2e/captures
FUZZ := $(BUILD)/fuzz
FUZZ_TARGETS := $(patsubst tests/fuzz/target_%.c,$(FUZZ)/%,$(wildcard tests/fuzz/target_*.c))

.PHONY: all
all: $(BUILD)/voxdp ## build the program

# ---- the two commands ---------------------------------------------------------------------------

# A make that has just installed the compiler starts a second one, which then sees the machine as it is.
SUBMAKE = +$(Q)$(MAKE) --no-print-directory $(if $(V),,-s) $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: demo
demo: ## install what is missing, build, send every vendor's traffic, show the counters (as root)
	$(Q)tools/deps build demo
	$(SUBMAKE) $(BUILD)/voxdp $(TRAFFIC)
	$(Q)BUILD=$(BUILD) tools/demo

.PHONY: test
test: ## install what the tests need and run all of them (SAN=1: with sanitizers)
	$(Q)tools/deps build test guest
	$(SUBMAKE) test-programs
	$(Q)BUILD=$(BUILD) tests/run unit bpf fuzz e2e guest

# ---- the BPF program ----------------------------------------------------------------------------

BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Werror -Iinclude -I. \
	-isystem /usr/include/$(shell uname -m)-linux-gnu

# Rewritten only when a setting differs from the last build's, so that `make CC=clang` or another PREFIX rebuilds.
SETTINGS := $(BUILD)/settings
$(shell mkdir -p $(BUILD); \
	echo "$(CC) $(CLANG) $(CFLAGS) $(LDFLAGS) $(PREFIX) $(VERSION)" | cmp -s - $(SETTINGS) || \
	echo "$(CC) $(CLANG) $(CFLAGS) $(LDFLAGS) $(PREFIX) $(VERSION)" > $(SETTINGS))

$(BUILD)/voxdp.bpf.o: bpf/voxdp.bpf.c Makefile $(SETTINGS)
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/voxdp.skel.h: $(BUILD)/voxdp.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name voxdp_bpf > $@

# The same program, reading by copies. Its loader has no CAP_PERFMON, and then the kernel takes a number that is stored
# where a pointer was for an attempt to forge one: no place on the stack may be used for both.
$(BUILD)/copied.bpf.o: bpf/copied.bpf.c Makefile $(SETTINGS)
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -mllvm -no-stack-slot-sharing -MMD -MP -c $< -o $@

$(BUILD)/copied.skel.h: $(BUILD)/copied.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name copied_bpf > $@

# The front end of the measurements, an object of its own.
$(BUILD)/bench.bpf.o: bpf/bench/bench.bpf.c Makefile $(SETTINGS)
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/bench.skel.h: $(BUILD)/bench.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name bench_bpf > $@

# ---- user space ---------------------------------------------------------------------------------

$(BUILD)/%.o: %.c Makefile $(SETTINGS) | $(BUILD)/voxdp.skel.h $(BUILD)/copied.skel.h $(BUILD)/bench.skel.h
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c $< -o $@

$(BUILD)/libvoxdp.a: $(LIB_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/voxdp: $(BUILD)/user/main.o $(BUILD)/libvoxdp.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# ---- tests --------------------------------------------------------------------------------------

$(BUILD)/tests/%.o: ALL_CFLAGS += -Itests/lib

.SECONDARY:
$(UNIT_TESTS) $(BPF_TESTS): $(BUILD)/%: $(BUILD)/%.o $(TEST_LIB_OBJECTS) $(BUILD)/libvoxdp.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ -lcmocka -lm $(LIBS)

# Of the test library only what needs no cmocka: the demo installs none.
$(TRAFFIC) $(CAPTURES) $(BUILD)/tests/fuzz/seeds: $(BUILD)/tests/%: \
		$(addprefix $(BUILD)/tests/,%.o lib/frame.o lib/sample.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/tools/verifier_steps: $(BUILD)/tools/verifier_steps.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ -lbpf

.PHONY: unit-tests bpf-tests test-programs test-unit test-bpf test-e2e test-guest
unit-tests: $(UNIT_TESTS) ## build the unit tests
bpf-tests: $(BPF_TESTS) ## build the tests of the real program
test-programs: $(BUILD)/voxdp $(UNIT_TESTS) $(BPF_TESTS) $(TRAFFIC) $(CAPTURES) $(FUZZ_TARGETS)

test-unit: $(UNIT_TESTS) ## run the unit tests (no privileges)
	$(Q)BUILD=$(BUILD) tests/run unit

test-bpf: $(BPF_TESTS) ## run the real program on test frames (as root)
	$(Q)BUILD=$(BUILD) tests/run bpf

test-e2e: $(BUILD)/voxdp $(TRAFFIC) $(CAPTURES) ## run the end-to-end tests in network namespaces (as root)
	$(Q)BUILD=$(BUILD) tests/run e2e

test-guest: $(BUILD)/voxdp $(TRAFFIC) $(BUILD)/tests/bpf/test_verifier ## run beside xdp-filter in a guest with Debian's own kernel
	$(Q)tools/deps guest
	$(Q)BUILD=$(BUILD) tests/run guest

# Of the test library what counts and what makes profiles. Sizes, rounds and sections: tests/bench/README.md.
$(BUILD)/tests/bench/bench: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/*.c)) $(BUILD)/libvoxdp.a \
		$(addprefix $(BUILD)/tests/lib/,cost.o interpreter.o synthetic.o random_profiles.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/libvoxdp.a -lm $(LIBS)

.PHONY: bench
bench: ## measure the packet path, beside nftables, ipset and xdp-filter (as root, some minutes; BENCH=--quick)
	$(Q)tools/deps build bench
	$(SUBMAKE) $(BUILD)/tests/bench/bench
	$(Q)$(BUILD)/tests/bench/bench --json $(BUILD)/bench.json $(BENCH)

# Captures with labels that are not part of this project: SCORE_DIR has NAME.pcap and NAME.csv. The shipped profiles.
SCORE_DIR ?= ../shared/pcaps
DECAP ?=
.PHONY: score
score: $(BUILD)/voxdp ## compare what voxdp says with the labels of the captures in SCORE_DIR (as root; DECAP=gre,vxlan)
	$(Q)if [ -d "$(SCORE_DIR)" ]; then \
		$(BUILD)/voxdp classify --profiles profiles $(if $(DECAP),--decap $(DECAP)) \
			--score "$(SCORE_DIR)" "$(SCORE_DIR)"/*.pcap; \
	else \
		echo "no captures: $(SCORE_DIR) is not there; name another folder with SCORE_DIR=..."; \
	fi

# ---- fuzzing ------------------------------------------------------------------------------------

# libFuzzer is clang's. What it drives is built again, with its counters and with sanitizers.
FUZZ_FLAGS := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_LIB := $(patsubst %.c,$(FUZZ)/%.o,$(wildcard user/lib/*.c user/profile/*.c user/compile/*.c) tests/lib/wire_oracle.c)

$(FUZZ)/%.o: %.c Makefile $(SETTINGS)
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(filter-out $(SAN_FLAGS),$(ALL_CFLAGS)) $(FUZZ_FLAGS) -Itests/lib -c $< -o $@

$(FUZZ)/lib.a: $(FUZZ_LIB)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(FUZZ_TARGETS): $(FUZZ)/%: $(FUZZ)/tests/fuzz/target_%.o $(FUZZ)/lib.a
	$(call say,LINK,$@)
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined $(LDFLAGS) -o $@ $^ -lyaml -ljansson -lpcap -lcrypto

$(BUILD)/tests/fuzz/program: $(BUILD)/tests/fuzz/program.o $(TEST_LIB_OBJECTS) $(BUILD)/libvoxdp.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ -lcmocka -lm $(LIBS)

FUZZ_SECONDS ?= 60
EXECUTIONS ?= 100000000
.PHONY: fuzz fuzz-program fuzz-corpus
fuzz: ## look for inputs that break parsers and recognisers (FUZZ_SECONDS=60, of each target)
	$(Q)tools/deps build test
	$(SUBMAKE) $(FUZZ_TARGETS)
	$(Q)BUILD=$(BUILD) tests/fuzz/fuzz.sh $(FUZZ_SECONDS)

fuzz-program: ## the real program against oracles, on all CPUs (as root; EXECUTIONS=100000000)
	$(Q)tools/deps build test
	$(SUBMAKE) $(BUILD)/tests/fuzz/program
	$(Q)$(BUILD)/tests/fuzz/program $(EXECUTIONS)

fuzz-corpus: $(BUILD)/tests/fuzz/seeds ## write the corpora that are made from samples anew
	$(Q)$< tests/fuzz/corpus

.PHONY: scale churn faults
scale: $(BUILD)/tests/bpf/test_scale ## up to 1 M IPv4 and 250 k IPv6 prefixes, 1,000 vendors, 1 M packets each (as root)
	$(Q)SCALE=all TEST_TIME_LIMIT=3600 BUILD=$(BUILD) tests/run $<
	$(Q)grep ' prefixes, ' $(BUILD)/test-logs/tests-bpf-test_scale.log

churn: $(BUILD)/tests/bpf/test_churn ## 2,000 updates of 20,000 prefixes under traffic (as root)
	$(Q)CHURN_UPDATES=2000 TEST_TIME_LIMIT=3600 BUILD=$(BUILD) tests/run $<
	$(Q)grep -E 'updates of|sent' $(BUILD)/test-logs/tests-bpf-test_churn.log

faults: $(BUILD)/voxdp $(TRAFFIC) ## kill and fail every system call of every change, and of the daemon (as root)
	$(Q)FAULTS=all TEST_TIME_LIMIT=7200 BUILD=$(BUILD) tests/run tests/e2e/faults_test.sh tests/e2e/daemon_faults_test.sh
	$(Q)grep -hE '^[a-z ]*(: killed|: [0-9]+ faults)|^sent|exit codes|next start' \
		$(BUILD)/test-logs/tests-e2e-{,daemon_}faults_test.sh.log

.PHONY: matrix
matrix: ## build with gcc and clang, and count verifier steps with clang 14, 16 and 19 (as root)
	$(Q)tools/deps build test matrix
	$(Q)tools/matrix

# ---- for those who change it --------------------------------------------------------------------

.PHONY: lint format deps coverage-ledger
lint: $(BUILD)/voxdp.skel.h $(BUILD)/copied.skel.h $(BUILD)/bench.skel.h ## check layout, licence lines, headers, shell scripts, words
	$(Q)tools/deps lint
	$(Q)BUILD=$(BUILD) tools/lint

format: ## lay out all C files as .clang-format says
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

coverage-ledger: $(BUILD)/voxdp ## write profiles/COVERAGE.md anew, after a change of a profile
	$(Q)$(BUILD)/voxdp check --coverage profiles > $(BUILD)/COVERAGE.md
	$(Q)mv $(BUILD)/COVERAGE.md profiles/COVERAGE.md

deps: ## install the packages of every target
	$(Q)tools/deps build demo test guest lint matrix bench

.PHONY: install uninstall
SHARE = $(DESTDIR)$(PREFIX)/share/voxdp
UNITS = $(DESTDIR)$(PREFIX)/lib/systemd/system
PROFILES := $(wildcard profiles/*.yaml) profiles/schema.json
MONITORING := tools/monitoring/rules.yml tools/monitoring/alerts.yml tools/monitoring/dashboard.json
install: $(BUILD)/voxdp ## install to $(DESTDIR)$(PREFIX)
	$(Q)install -D -m 755 $(BUILD)/voxdp $(DESTDIR)$(PREFIX)/bin/voxdp
	$(Q)install -D -m 644 -t $(SHARE)/profiles $(PROFILES)
	$(Q)install -D -m 644 profiles/site/example.yaml $(SHARE)/site.example.yaml
	$(Q)install -D -m 644 tools/voxdp.yaml $(SHARE)/voxdp.example.yaml
	$(Q)install -D -m 644 -t $(SHARE)/monitoring $(MONITORING)
	$(Q)install -D -m 644 -t $(UNITS) tools/voxdp.socket
	$(Q)sed 's,@PREFIX@,$(PREFIX),' tools/voxdp.service > $(UNITS)/voxdp.service

# Profiles that an operator has put there stay.
uninstall: ## remove what install put there
	$(Q)rm -f $(DESTDIR)$(PREFIX)/bin/voxdp $(addprefix $(SHARE)/,$(PROFILES) site.example.yaml voxdp.example.yaml) \
		$(addprefix $(SHARE)/monitoring/,$(notdir $(MONITORING))) $(addprefix $(UNITS)/voxdp.,service socket)
	$(Q)[ ! -d $(SHARE) ] || find $(SHARE) -depth -type d -empty -delete

.PHONY: clean
clean: ## remove what was built
	$(Q)rm -rf build

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-zA-Z0-9_-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
