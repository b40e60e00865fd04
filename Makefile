# One command sets up what it needs: the environment is made from requirements.lock on first use, and
# again when the lock or pyproject.toml changes. `make PYTHON=python3.13 VENV=.venv313 test` picks another Python.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
SEED ?=
SECONDS ?= 1800

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
FUZZ := $(VENV)/.fuzz
RIVAL := .venv-healthchain/.installed
PIP := $(BIN)/python -m pip -qq

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check bench conformance scale reading deep fuzz fix coverage lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(STAMP) ## Ask the service on loopback about invented patients; print the cards; stop
	@$(BIN)/thirdline demo $(ARGS)

test: $(STAMP) ## Run every test (ARGS="-k name" picks some)
	@$(BIN)/python -m pytest $(ARGS)

check: $(STAMP) ## Run what else CI runs: style, format, types, import direction, knowledge
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/thirdline knowledge check

bench: $(STAMP) $(RIVAL) ## Measure hook calls beside other services (ARGS=--write writes docs/performance.md)
	@$(BIN)/python -m benchmarks.hook $(ARGS)

reading: $(STAMP) ## Write docs/reading.md from the data that THIRDLINE_SHARED names
	@$(BIN)/python -m benchmarks.reading

conformance: $(STAMP) ## Write docs/conformance.md from the tables and the marks of the tests
	@$(BIN)/python -m tests.conformance

scale: $(STAMP) ## Measure large charts: time and memory per resource, as ratios
	@$(BIN)/python -m benchmarks.scale $(ARGS)

deep: $(STAMP) ## Run the long property tests, fuzz for 30 minutes, then mutate the rules
	@$(BIN)/python -m pytest --hypothesis-profile=deep $(ARGS)
	@$(MAKE) --no-print-directory fuzz
	@$(BIN)/python -m tests.mutation

fuzz: $(FUZZ) ## Fuzz the small readers for 30 minutes (SEED=n repeats, SECONDS=n shortens)
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(ARGS)

fix: $(STAMP) ## Repair style and format where a tool can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

coverage: $(STAMP) ## Check branch coverage: 100 % of trd, 95 % elsewhere
	@$(BIN)/python -m pytest --cov --cov-report= $(ARGS)
	@core=0; rest=0; \
	$(BIN)/coverage report --include='trd/*' --fail-under=100 || core=$$?; \
	$(BIN)/coverage report --omit='trd/*' --fail-under=95 || rest=$$?; \
	exit $$((core + rest))

lock: ## Rewrite requirements.lock from pyproject.toml, in a fresh environment
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	$(PYTHON) -m venv "$$dir" && \
	"$$dir/bin/python" -m pip -qq install --upgrade pip && \
	"$$dir/bin/python" -m pip -qq install --group dev --editable . && \
	{ sed -n '/^#/p' requirements.lock; \
	  "$$dir/bin/python" -m pip freeze --exclude-editable --exclude pip --exclude setuptools | \
	  sed -E "s/^((httptools|uvloop)==.*)$$/\1 ; sys_platform != 'win32'/"; } > "$$dir/lock" && \
	cp "$$dir/lock" requirements.lock

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Thirdline needs Python 3.11 or newer as '$(PYTHON)'. Name another one: make PYTHON=python3.12 ..." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is incomplete. On Debian and Ubuntu install the package python3-venv:" >&2; \
	  echo "    apt-get install python3-venv" >&2; exit 2; }
	@echo "Setting up $(VENV) from requirements.lock ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(RIVAL): benchmarks/healthchain.txt
	@echo "Setting up .venv-healthchain from $< ..."
	@$(PYTHON) -m venv --clear .venv-healthchain
	@.venv-healthchain/bin/python -m pip -qq install --requirement $<
	@touch $@

$(FUZZ): $(STAMP) tests/fuzz/requirements.txt
	@$(PIP) install --only-binary :all: --requirement tests/fuzz/requirements.txt || { \
	  echo "Atheris has no wheel for this Python or platform, so nothing was fuzzed: use CPython 3.11 on Linux" >&2; \
	  echo "(make PYTHON=python3.11 VENV=.venv311 fuzz). 'make test' drives the same checks with Hypothesis." >&2; exit 2; }
	@touch $@
