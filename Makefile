# `make demo` and `make test` do everything, each with its own set-up.
#
#   make setup   .venv from the hashed lock file, and the demo models
#   make demo    ingest data/demo, then three questions
#   make test    all that proves it on one machine; docs/testing.md has the others:
#   make test-fast   seconds: no model, no process     make test-all    everything, for the night
#   make test-airgap   that nothing leaves the machine, and what of it this machine could show
#   make test-open-webui   the real Open WebUI in front of kb, in Chromium (8 GB are installed)
#   make test-page   the page of kb serve in a browser
#   make check   ruff, strict mypy                     make check-all   and the coverage's floor
#   make bench   the figures of docs/benchmarks.md
#   make eval-office   questions on an office's share, kb beside a plain pipeline
#   make sbom    build/sbom.cdx.json, the bill of materials of requirements.lock (CycloneDX)
#   make docs    the pages that are made from the code (tools/docs)
#   make lock    renew the lock files (needs the network)

PYTHON ?= python3
BIN := .venv/bin
WEBUI_VERSION := 0.12.4
WEBUI ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kb/open-webui-$(WEBUI_VERSION)
KB := $(BIN)/kb --home .demo --config configs/demo.toml
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Each of the processes that run tests would compile all of them anew, and rewrite their asserts.
export PYTHONDONTWRITEBYTECODE :=

# What is there already is not listed, and a failure of pip is not lost in the pipe.
SHELL := /bin/bash -o pipefail
PIP := $(BIN)/python -m pip install
BRIEF := | grep -Ev '^(Requirement already|Ignoring |Looking in)' || test $${PIPESTATUS[0]} -eq 0

.PHONY: setup models demo test test-fast test-all test-airgap test-open-webui test-page check check-all eval eval-short eval-office faults bench sbom docs lock clean
.DELETE_ON_ERROR:

setup: $(BIN)/.installed models

$(BIN)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kb needs Python 3.11 or newer: make PYTHON=python3.12")'
	@echo "== setup: a virtual environment and some 150 packages, hash-checked (one to two minutes)"
	@$(PYTHON) -m venv .venv
	@$(PIP) --require-hashes --no-deps -r requirements.lock $(BRIEF)
	@$(PIP) --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q kb pipelines
	@touch $@

$(BIN)/.dev: $(BIN)/.installed requirements-dev.lock
	@echo "== setup: the tools of the test suite"
	@$(PIP) --require-hashes --no-deps -r requirements-dev.lock $(BRIEF)
	@touch $@

models: $(BIN)/.installed
	@echo "== setup: the demo models, 1.2 GB in the user's data folder, hash-checked"
	@$(BIN)/kb --config configs/demo.toml models fetch-demo

demo: setup
	@echo "== demo: ingest data/demo/docs"
	@rm -rf .demo
	$(KB) ingest data/demo/docs
	@echo "== demo: a question in Chinese"
	$(KB) ask "张飞的电话号码"
	@echo "== demo: a question in English"
	$(KB) ask "$(ENGLISH)"
	@echo "== demo: a question that the documents do not answer (kb says so, exit code 4)"
	$(KB) ask "刘备的电话号码" || test $$? -eq 4

# What must not run beside another test has its turn when the others are done.
test: $(BIN)/.dev models
	$(PYTEST) $(PARALLEL) -m "not serial"
	$(PYTEST) -m serial $(SERIAL)

test-fast: $(BIN)/.dev
	$(PYTEST) $(PARALLEL) tests/unit -m "not process and not ocr"

test-all: export KB_TEST_NIGHTLY := 1
test-all: test eval
	-@test ! -f $(CASES)/try_cases.py || $(BIN)/python $(CASES)/try_cases.py $(BIN)/kb --config configs/demo.toml

test-airgap: export KB_TEST_NIGHTLY := 1
test-airgap: $(BIN)/.dev models
	@command -v strace > /dev/null || echo "strace is missing, what it would show is skipped: apt-get install strace"
	$(PYTEST) tests/airgap tests/unit/core/test_egress.py

# Open WebUI has an environment of its own, which stays. Its test has a network with loopback alone.
$(WEBUI)/.installed:
	@echo "== setup: Open WebUI $(WEBUI_VERSION) and Playwright in $(WEBUI), 8 GB"
	@$(PYTHON) -m venv $(WEBUI)
	@$(WEBUI)/bin/python -m pip install --quiet open-webui==$(WEBUI_VERSION) playwright
	@touch $@

test-open-webui: $(BIN)/.dev models $(WEBUI)/.installed
	@command -v chromium > /dev/null || { echo "Chromium is missing: apt-get install chromium"; exit 1; }
	KB_TEST_OPEN_WEBUI=$(WEBUI) unshare --map-root-user --net \
	  $(BIN)/python -S -E tests/airgap/enclosure.py $(PYTEST) tests/e2e/test_open_webui.py

# The page of kb serve in Debian's Chromium. PICTURES=1 makes docs/pictures anew.
test-page: export KB_TEST_PAGE := 1
test-page: export KB_TEST_PICTURES := $(PICTURES)
test-page: $(BIN)/.dev $(BIN)/.page models
	@$(MAKE) --no-print-directory build/axe/package/axe.min.js || echo "axe-core is missing, what it would find is skipped"
	$(PYTEST) tests/page

$(BIN)/.page: tests/page/requirements.lock
	@echo "== setup: Playwright, which drives the browser"
	@$(PIP) --require-hashes --no-deps -r $< $(BRIEF)
	@touch $@

build/axe/package/axe.min.js:
	@mkdir -p build/axe
	cd build/axe && npm pack --silent axe-core@$(AXE) && echo "$(AXE_SHA256)  axe-core-$(AXE).tgz" | sha256sum --quiet -c && tar xzmf axe-core-$(AXE).tgz package/axe.min.js

check: $(BIN)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Counted is what the tests run in their own process, not in those that they start.
check-all: check models
	$(PYTEST) $(PARALLEL) -m "not serial" --cov --cov-report=term:skip-covered --cov-fail-under=$(FLOOR)

.venv-stock/.installed: tests/bench/stock.lock
	@echo "== setup: LlamaIndex's stock path, in an environment of its own, to be compared with"
	@$(PYTHON) -m venv .venv-stock
	@.venv-stock/bin/python -m pip install --require-hashes --no-deps -r $< $(BRIEF)
	@touch $@

bench: $(BIN)/.dev models .venv-stock/.installed
	$(BIN)/python -m tests.bench

eval: setup
	@test -d .demo/collections/default || $(KB) ingest data/demo/docs
	@mkdir -p build
	$(KB) eval data/demo/questions.jsonl --report build/eval.html --save build/eval.json $(GATES)

# Retrieval of all questions, and six of them asked: what eval shows, in a minute or two.
eval-short: setup
	@test -d .demo/collections/default || $(KB) ingest data/demo/docs
	@mkdir -p build
	$(KB) eval data/demo/questions.jsonl --retrieval-only $(GATES_FOUND)
	@grep -E '"id": "($(SIX))"' data/demo/questions.jsonl > build/six.jsonl
	$(KB) eval build/six.jsonl $(GATES_SIX)

# Questions on an office's share, where they are; a plain pipeline answers them beside.
eval-office: $(BIN)/.dev models
	@test -f $(OFFICE)/questions.jsonl || { echo "there are no questions in $(OFFICE): make eval-office OFFICE=FOLDER"; exit 1; }
	$(BIN)/python -m tests.bench.office --set $(OFFICE) --work build/office

faults: $(BIN)/.dev models
	$(BIN)/python -m tests.crash.docs_bad
	$(BIN)/python -m pytest tests/crash tests/pipelines/test_faults.py tests/pipelines/test_fuzz.py

sbom: $(BIN)/.installed
	@mkdir -p build
	$(BIN)/python -m kb.sbom > build/sbom.cdx.json

docs: $(BIN)/.installed
	$(BIN)/python -m tools.docs

lock: $(BIN)/.installed
	@$(PIP) uv
	$(BIN)/uv pip compile pyproject.toml --extra build --extra mcp $(LOCK) -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev -c requirements.lock $(LOCK) -o requirements-dev.lock
	$(BIN)/uv pip compile tests/page/requirements.in -c requirements-dev.lock $(LOCK) -o tests/page/requirements.lock
	$(BIN)/uv pip compile tests/bench/stock.in $(LOCK) -o tests/bench/stock.lock

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet
FLOOR := 90
AXE := 4.14.1
AXE_SHA256 := e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745
PICTURES ?=
PYTEST := $(BIN)/python -m pytest
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder
SERIAL = $(shell grep -rl --include='test_*.py' 'pytest.mark.serial' tests)
CASES ?= $(or $(KB_SHARED),../shared)/cases
OFFICE ?= $(or $(KB_SHARED),../shared)/eval/office
GATES_FOUND := --min recall@5=0.95 --min source_recall@5=0.95 --min mrr=0.85
GATES := $(GATES_FOUND) --min accuracy=0.80 \
  --min citation_precision=0.80 --min refusal_recall=0.85 --min refused_or_flagged=0.95 \
  --max wrong_refusals=0.08 --max unflagged_numbers=0 --max failed_questions=0
SIX := a01|a20|a35|a40|u-subject-01|u-document-26
GATES_SIX := --min accuracy=1 --min citation_precision=0.80 --min refusal_recall=1 \
  --max wrong_refusals=0 --max unflagged_numbers=0 --max failed_questions=0
ENGLISH := How much does the X200-65 pump weigh with its motor?

clean:
	rm -rf .venv .venv-stock .demo build *.egg-info
