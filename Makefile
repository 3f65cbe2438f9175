# The front door. `make help` lists what there is.
.DEFAULT_GOAL := help
.PHONY: help run build test test-kernels bench growth release fuzz format lint core examples privileges fixtures fixture-texts clean setup setup-test setup-kernels

# What building needs, and what the tests need beside it: installed only where it is missing.
BUILD_PACKAGES := libcap-dev libbpf-dev libyaml-dev zlib1g-dev libcrypt-dev pkg-config
TEST_PACKAGES := bpftool util-linux python3-jsonschema python3-prometheus-client curl openssl perl
BENCH_PACKAGES := bpftool lsof gnuplot-nox
RELEASE_PACKAGES := libelf-dev file curl util-linux binutils
KERNEL_PACKAGES := qemu-system-x86 busybox-static cpio util-linux
SWIFT ?= swift

# What makes objects, and what starts servers, each runs by itself: beside it, a test that waits has too little of the CPU.
define tests
	$(SWIFT) build --build-tests $(1)
	$(SWIFT) test --skip-build $(1) --skip 'LiveTests|BackendTests'
	$(SWIFT) test --skip-build $(1) --filter LiveTests
	$(SWIFT) test --skip-build $(1) --filter BackendTests
endef

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## Install what building needs, build, and show this host's eBPF objects
	$(SWIFT) build -c release --product ebpf-metrics
	$$($(SWIFT) build -c release --show-bin-path)/ebpf-metrics collect

build: ## Build everything, for debugging
	$(SWIFT) build --build-tests

test: setup setup-test ## Install what the tests need, and run them; what needs rights is skipped by name without them
	$(call tests,)

# In guests runs a release build with all of Swift in it: one for debugging takes ten times as long to emulate.
test-kernels: setup setup-kernels ## Every row of rights on other kernels, in virtual machines: KERNELS="6.1 6.18.15", KERNELS=all
	$(SWIFT) build --build-tests
	$(SWIFT) build -c release --static-swift-stdlib --product ebpf-metrics
	@kernels=$$(scripts/fetch-kernels $(KERNELS)) || echo "test-kernels: kernels are MISSING, see above; the others are tested" >&2; \
	EBPF_METRICS_TEST_KERNELS=$$(echo $$kernels | tr ' ' '\n' | sed 's|.*/||' | tr '\n' ' ') \
	EBPF_METRICS_GUEST_COLLECTOR=$$($(SWIFT) build -c release --show-bin-path)/ebpf-metrics \
	$(SWIFT) test --skip-build --filter KernelTests

bench: setup setup-bench ## Compare the sources with C loops, bpftool and lsof (root); and the parts with their thresholds
	Benchmarks/run

growth: setup setup-bench ## Measure how time and memory grow, and plot it: docs/growth.svg (root)
	Benchmarks/growth

release: setup setup-release ## Build what is shipped: dist/ebpf-metrics and -core, static; try them on a bare root file system
	SWIFT="$(SWIFT)" scripts/release

fuzz: setup ## Fuzz the parsers, each for SECONDS=60
	SWIFT="$(SWIFT)" Fuzz/run $(or $(SECONDS),60)

lint: ## Check the format as CI does
	$(SWIFT) format lint --strict -r Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources Benchmarks/Benchmarks Fuzz/Package.swift Fuzz/Sources Examples/Package.swift Examples/Sources

format: ## Format in place
	$(SWIFT) format -i -r Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources Benchmarks/Benchmarks Fuzz/Package.swift Fuzz/Sources Examples/Package.swift Examples/Sources

core: ## Build without libbpf, TLS and OTLP, and run the tests on that
	$(call tests,--disable-default-traits --scratch-path .build-core)

examples: setup ## Build the examples of the library
	$(SWIFT) build --package-path Examples

privileges: setup setup-test ## Try every row of rights, and write docs/PRIVILEGES.md (root)
	EBPF_METRICS_WRITE_DOCS=1 $(SWIFT) test --filter PrivilegeTests

fixtures: setup setup-kernels ## Record kernels in virtual machines anew: fixtures/kernels, fixtures/golden
	EBPF_METRICS_WRITE_FIXTURES=1 $(MAKE) test-kernels

fixture-texts: ## Remake fixtures/texts from evidence: make fixture-texts EVIDENCE=folder
	scripts/fixtures-from-evidence $(EVIDENCE) fixtures

clean: ## Remove what was built
	rm -rf .build .build-core .build-release .build-release-core dist Benchmarks/.build Fuzz/.build Fuzz/.build-fast Examples/.build

setup:
	@scripts/install $(BUILD_PACKAGES)

setup-test:
	@scripts/install --optional $(TEST_PACKAGES)
	@scripts/fetch-prometheus >/dev/null || echo "without it, its tests are skipped" >&2
	@scripts/fetch-python || echo "without it, its tests are skipped" >&2

setup-bench:
	@scripts/install --optional $(BENCH_PACKAGES)

setup-release:
	@scripts/install $(RELEASE_PACKAGES)
	@scripts/install --optional valgrind

setup-kernels:
	@scripts/install $(KERNEL_PACKAGES)
