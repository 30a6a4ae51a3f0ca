# cx: make demo tries it, make test proves it. Both install what they need into .venv first.
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
STAMP := $(VENV)/.installed
DATA ?=
MAP ?=
.DEFAULT_GOAL := help
.PHONY: help demo test test-rt check fix bench hard soak docs requirements sbom
# Compiled once, whatever the shell says: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE
EXPORT = $(or $(UV),$(BIN)/uv) export --frozen --quiet --no-dev --all-extras

help: ; @echo "make demo | test | test-rt | check | fix | bench | hard | soak | docs | requirements | sbom   (make demo DATA=log.zip MAP=mapping.toml shows your own tickets)"

demo: $(STAMP) ; $(BIN)/cx demo $(if $(DATA),--data "$(DATA)") $(if $(MAP),--map "$(MAP)")

# A file stays with one worker, which makes what its tests share but once.
test: $(STAMP) ; $(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

check: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(STAMP)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Thousands of kills, hostile inputs, every zone: within fifteen minutes. CX_HARD=10 is a night, CX_SEED repeats a run,
# CX_FUZZ_TEXTS=2000000 asks the language for longer.
hard: $(STAMP)
	$(or $(UV),$(BIN)/uv) sync --frozen --quiet --inexact --group hard
	$(BIN)/python -m tests.hard

# A real Request Tracker 5 from Debian packages, with a clock that the test sets.
test-rt: $(STAMP)
	tests/rt/install.sh
	PYTHON=$(BIN)/python tests/rt/install_helpdesk.sh
	$(BIN)/python -m pytest -q tests/rt

soak: $(STAMP) ; $(BIN)/python -m tests.hard.soak

bench: $(STAMP)
	$(or $(UV),$(BIN)/uv) sync --frozen --quiet --inexact --group bench
	$(BIN)/python -m bench $(if $(SIZE),--size $(SIZE)) $(if $(ONLY),--only $(ONLY))

docs: $(STAMP) ; $(BIN)/python -m tools.write_docs

# For pip: pip install --require-hashes -r dist/requirements.txt, then pip install --no-deps cx-bot
requirements: $(STAMP)
	@mkdir -p dist
	$(EXPORT) --no-emit-project --format requirements.txt --output-file dist/requirements.txt >/dev/null

# What is in an installation with all extras, as CycloneDX 1.5 (JSON).
sbom: $(STAMP)
	@mkdir -p dist
	$(EXPORT) --format cyclonedx1.5 --output-file dist/sbom.json >/dev/null

$(STAMP): pyproject.toml uv.lock
ifneq ($(UV),)
	uv sync --frozen --quiet
else
	test -x $(BIN)/python || $(PY) -m venv --without-pip $(VENV)
	$(PY) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check uv
	UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --frozen --quiet --inexact
endif
	@touch $@
