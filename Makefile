# SPDX-License-Identifier: Apache-2.0
# The two commands to begin with: `make demo` and `make test`. On Debian 12 they need nothing before them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build demo test check check-full fuzz-smoke bench bench-ir bench-sim validate-sim size format update clean
BUILD := build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

build: ## compiles everything into build/ (installs missing Debian packages first when run as root)
	@scripts/packages build
	@scripts/build $(BUILD)

demo: ## runs a trained language model on the simulated machine and writes build/report.html
	@scripts/packages build
	@TARGET=psmc scripts/build $(BUILD)
	@scripts/demo

test: build ## all tests but the slow ones
	@cd $(BUILD) && ctest --output-on-failure --timeout 1800 -j $$(nproc)

check: build ## layers, format, sanitizers, a short run of each fuzzer
	@scripts/packages check
	@scripts/check

check-full: build ## check, with long fuzzing and the slow tests
	@scripts/packages check
	@FUZZ_SECONDS=1200 SLOW=1 scripts/check

fuzz-smoke: build ## all fuzzers, 5 minutes together; FUZZ_SECONDS=3600 for an hour
	@scripts/packages check
	@scripts/build build-sanitize -DPSMC_SANITIZE=ON -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19
	@scripts/fuzz-smoke

bench: build ## the measurements of tests/bench
	@scripts/bench

bench-ir: build ## the speed of the IR, beside mlir-opt-19 where it is installed
	@cd tests/bench && PSMC=$(CURDIR)/$(BUILD)/psmc /usr/bin/python3 ir_bench.py

bench-sim: build ## how fast the machine is simulated, beside the goals
	@cd tests/bench && PSMC=$(CURDIR)/$(BUILD)/psmc SHARED=$${SHARED:-$(CURDIR)/../shared} /usr/bin/python3 sim_bench.py

validate-sim: build ## the simulator beside everything it can be compared with; writes docs/sim-validation.html
	@/usr/bin/python3 scripts/validate_sim.py --html docs/sim-validation.html

size: ## how long the files are: median, 95th percentile, the five longest
	@/usr/bin/python3 scripts/size.py

format: ## clang-format on all C++ files
	@scripts/packages check
	@scripts/format

update: build ## writes the golden tests' expected output, the schemas, the page of ops and the tour anew
	@PSMC=$(CURDIR)/$(BUILD)/psmc /usr/bin/python3 tests/golden_test.py --update
	@PSMC=$(CURDIR)/$(BUILD)/psmc /usr/bin/python3 tests/json_schema_test.py --update
	@PSMC=$(CURDIR)/$(BUILD)/psmc /usr/bin/python3 tests/tour_test.py --update
	@PSMC=$(CURDIR)/$(BUILD)/psmc /usr/bin/python3 tests/e2e/debug_test.py --update

clean: ## removes the build folders of these targets
	rm -rf build build-sanitize
