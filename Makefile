# Two commands do everything on a fresh machine: make run, make test.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE :=
export DO_NOT_TRACK := 1

.PHONY: run test test-slow test-model check coverage bench serve lock clean help docs

help:
	@echo "make run        set up, run the whole job on simulated partners"
	@echo "make test       set up, offline tests"
	@echo "make test-slow  long suites: kills, random histories, browser, scale"
	@echo "make test-model 10,000 steps of random history against the model, 200 days of faults"
	@echo "make check      format, lint, types, import rules, fast tests"
	@echo "make coverage   make test, and which lines it reached"
	@echo "make bench      benchmarks of docs/benchmarks.md (about 40 minutes; BENCH=... to choose)"
	@echo "make serve      Prefect server with UI, scheduled deployments"

run: $(VENV)/.run
	@$(BIN)/penataran run --profile sandbox

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -m "not slow" -n 2

# LibreOffice writes some of the workbooks that the slow tests read, Chromium shows the page; without
# them those tests say so.
test-slow: $(VENV)/.dev
	@{ command -v soffice && command -v chromium; } >/dev/null || { [ "$$(id -u)" = 0 ] && \
		apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends libreoffice-calc chromium >/dev/null; } || \
		echo "LibreOffice or Chromium could not be installed: their tests will be skipped"
	@$(BIN)/python -m pytest -m slow -n 2

test-model: export PENATARAN_MODEL_STEPS := 10000
test-model: export PENATARAN_SOAK_CYCLES := 200
test-model: $(VENV)/.dev
	@$(BIN)/python -m pytest tests/slow/test_model.py tests/slow/test_soak.py -n 2 --dist worksteal

# The import rules are a test.
check: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -m "fast and not slow and not wide" -n 2

# Tracing costs a third, so it is no part of check. The floor is in pyproject.toml.
coverage: $(VENV)/.dev
	@$(BIN)/python -m pytest -m "not slow" -n 2 --cov --cov-report=term

# Pages of the sources and the table of keys, from the declarations; their JSON Schema; prefect.yaml.
docs: $(VENV)/.dev
	@$(BIN)/python -c "from reports.source_pages import write_source_pages; print(len(write_source_pages()), 'pages in docs/sources')"
	@$(BIN)/python -c "from config.schema import write; print(write().name)"
	@$(BIN)/python -c "from reports.keys import write; print(write().name)"
	@$(BIN)/python -c "from pathlib import Path; from config.declarations import load_all; \
		from flows.orchestration.schedules import write; \
		print(write(Path('.'), load_all(()).sources.values()).name)"

# Peers live in an environment of their own. BENCH="--rows 100000 --parts tools" is a quick look.
bench: $(VENV)/.dev .bench/peers/.installed
	@$(BIN)/python -m benchmarks.run --peers .bench/peers/bin/python $(BENCH)

.bench/peers/.installed: locks/bench.txt
	$(PYTHON) -m venv .bench/peers
	.bench/peers/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r locks/bench.txt
	@touch $@

# Tools that check a release of open data, apart from all else: docs/open-data.md.
.bench/validators/.installed: locks/validators.txt
	$(PYTHON) -m venv .bench/validators
	.bench/validators/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r locks/validators.txt
	@touch $@

serve: $(VENV)/.run
	@$(BIN)/penataran serve

# The lock carries hashes and no index address; pip takes the machine's own. It is complete, so
# --no-deps: in hash mode pip refuses an older pin of a package that others ask for loosely.
# Bytecode is compiled and the database of Prefect's server made here once: without them a start
# costs seconds.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Penataran needs Python 3.11 or newer; set PYTHON=..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: locks/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r locks/run.txt
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q flows tasks warehouse config schemas reports sandbox
	@$(BIN)/python -m flows.orchestration.server prepare >/dev/null || \
		echo "no database was prepared for the Prefect server: first runs start slower"
	@touch $@

$(VENV)/.dev: locks/dev.txt $(VENV)/.run
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r locks/dev.txt
	@touch $@

# Needs uv on the PATH; the only step that asks an index what is newest.
lock:
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header -q -o locks/run.txt
	uv pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 --generate-hashes --no-header -q -c locks/run.txt -o locks/dev.txt
	uv pip compile benchmarks/peers.in --universal --python-version 3.11 --generate-hashes --no-header -q -c locks/dev.txt -o locks/bench.txt
	uv pip compile benchmarks/validators.in --universal --python-version 3.11 --generate-hashes --no-header -q -o locks/validators.txt

clean:
	rm -rf $(VENV) data
