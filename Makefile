# Builds, tests and installs ctguard: `make help` lists the targets.
#
# Fragments in userspace/ and tests/ add what they build to TOOLS and TESTS
# and keep it in $(BUILD).
BUILD := build
PREFIX ?= /usr
CC ?= cc
CFLAGS ?= -O2 -g
HOST_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Iinclude/uapi

KDIR ?= $(shell scripts/kdir.sh)
KRELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h)

TOOLS := $(BUILD)/ctguardctl
TESTS :=

.PHONY: all
all: module tools tests

-include userspace/Makefile.inc attest/Makefile.inc
-include tests/unit/Makefile.inc tests/kselftest/Makefile.inc tests/e2e/Makefile.inc
-include tests/bench/Makefile.inc tests/fuzz/Makefile.inc tests/soak/Makefile.inc

.PHONY: help module tools tests setup demo check check-matrix check-debug check-arm64 soak lint bench fuzz vm install clean
.PHONY: dkms-install dkms-uninstall
help:
	@echo 'make [all]            module, tools and tests'
	@echo 'make module           kmod/ctguard.ko, for KDIR= or the kernel found'
	@echo 'make tools, tests     build/ctguardctl and others, the test programs'
	@echo 'make setup            install what building and testing needs'
	@echo 'make demo             containers try to break out of a VM, with and without'
	@echo 'make check            the tests; make lint, bench, fuzz: some of them'
	@echo 'make soak [SOAK=S]    all that containers and hosts do at once, for an hour'
	@echo 'make check-matrix     the module on every kernel; writes the table of README.md'
	@echo 'make check-debug      the module on kernels that look for faults; hours'
	@echo 'make check-arm64      the module on arm64 kernels, in an emulated machine'
	@echo "make vm CMD='...'     one command as root in a guarded VM"
	@echo 'make install DESTDIR= the tools, the policy, the unit, and the module if built'
	@echo 'make install-verify   ctguard-verify alone, on a verifier'
	@echo 'make dkms-install     the module by dkms, for each kernel; dkms-uninstall'

module:
	@if [ -z "$(KDIR)" ]; then \
		echo "no kernel headers found: install linux-headers-$$(uname -r), or say KDIR=" >&2; \
		exit 1; \
	fi
	@if [ "$(KRELEASE)" = "$$(uname -r)" ]; then why="the running kernel"; \
	elif [ "$(origin KDIR)" = file ]; then why="the newest headers installed; none for $$(uname -r)"; \
	else why="as asked"; fi; \
	echo "module: for $(KRELEASE) ($$why)"
	+@$(MAKE) --no-print-directory -C $(KDIR) M=$(CURDIR) modules

tools: $(TOOLS)
tests: $(TESTS)

setup:
	@scripts/setup.sh

demo:
	@scripts/demo.sh

check:
	@scripts/check.sh

check-matrix:
	@scripts/matrix.sh

# For as many seconds.
SOAK ?= 3600
soak: tools tests
	@$(MAKE) --no-print-directory -s KDIR="$$(scripts/kdir.sh --guest)" module
	@tests/soak/run.sh $(SOAK)

check-debug:
	@scripts/check.sh debug

# One fails: the other is still of interest.
check-arm64: setup
	@status=0; for name in $$(awk '!/^#/ { print $$1 }' tests/arm64/kernels); do \
		MAKEFLAGS= tests/arm64/run.sh $$name || status=1; \
	done; exit $$status

lint bench fuzz:
	@scripts/check.sh $@

# Make's own exit status is 2 for any failure; tests/vm/guarded gives back the
# command's.
CMD ?= true
export CMD
vm: tools
	@$(MAKE) --no-print-directory -s KDIR="$$(scripts/kdir.sh --guest)" module >/dev/null
	@tests/vm/guarded "$$CMD"

install: tools install-verify
	@for tool in $(filter-out %/ctguard-verify,$(TOOLS)); do \
		install -D -m 755 -t "$(DESTDIR)$(PREFIX)/sbin" $$tool || exit; \
	done
	@for page in $(filter-out %/ctguard-verify.1,$(wildcard userspace/man/*.[1-8])); do \
		install -D -m 644 -t "$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}" $$page || exit; \
	done
	@for file in $(filter-out %/ctguard-verify,$(wildcard userspace/completion/*)); do \
		install -D -m 644 -t "$(DESTDIR)$(PREFIX)/share/bash-completion/completions" $$file || exit; \
	done
	install -D -m 755 -t "$(DESTDIR)$(PREFIX)/lib/ctguard" userspace/systemd/boot-allows
	install -D -m 644 -t "$(DESTDIR)$(PREFIX)/lib/systemd/system" $(wildcard userspace/systemd/*.service userspace/systemd/*.timer)
	@sed -i 's|/usr/|$(PREFIX)/|g' "$(DESTDIR)$(PREFIX)"/lib/systemd/system/ctguard*.service
	install -D -m 644 -t "$(DESTDIR)$(PREFIX)/include/ctguard" include/uapi/ctguard/ctguard.h
	install -D -m 644 userspace/oci/ctguard-hooks.d.json \
		"$(DESTDIR)$(PREFIX)/share/containers/oci/hooks.d/ctguard.json"
	@sed -i 's|/usr/|$(PREFIX)/|g' "$(DESTDIR)$(PREFIX)/share/containers/oci/hooks.d/ctguard.json"
	@for runtime in runc crun; do \
		ln -sf ctguard-oci "$(DESTDIR)$(PREFIX)/sbin/ctguard-$$runtime" || exit; \
	done
	install -D -m 644 -t "$(DESTDIR)$(PREFIX)/share/ctguard/policies" policies/*.yaml
	@if [ -e "$(DESTDIR)/etc/ctguard/policy.yaml" ]; then \
		echo "$(DESTDIR)/etc/ctguard/policy.yaml is kept"; \
	else \
		install -D -m 644 policies/baseline.yaml "$(DESTDIR)/etc/ctguard/policy.yaml"; \
	fi
	@if [ -e "$(DESTDIR)/var/lib/dkms/ctguard" ]; then \
		echo "the module is left to dkms: make dkms-install"; \
	elif [ -e kmod/ctguard.ko ]; then \
		release=$$(modinfo -F vermagic kmod/ctguard.ko | cut -d ' ' -f 1); \
		install -D -m 644 -t "$(DESTDIR)/lib/modules/$$release/updates" kmod/ctguard.ko || exit; \
		if [ -z "$(DESTDIR)" ]; then depmod "$$release"; fi; \
		echo "the module is installed for $$release"; \
	else \
		echo "the module is not built, and not installed"; \
	fi

# The module alone; the rest is of `make install`.
dkms-install dkms-uninstall:
	@DESTDIR="$(DESTDIR)" scripts/dkms.sh $(@:dkms-%=%)

# Not by the kernel's own clean, which would search build/ as well and take the
# guest kernel's modules. What setup brought stays; distclean takes it too.
clean:
	@rm -f kmod/*.o kmod/*.ko kmod/*.mod kmod/*.mod.c kmod/.*.cmd kmod/modules.order \
		.*.cmd modules.order Module.symvers
	@find $(BUILD) -mindepth 1 -maxdepth 1 ! -name guest ! -name debug ! -name kselftest ! -name setup \
		-exec rm -rf {} + 2>/dev/null || true
	@find $(BUILD)/kselftest -type f ! -name '*.h' -delete 2>/dev/null || true

.PHONY: distclean
distclean: clean
	@rm -rf $(BUILD)
