# Two commands matter: `make run` and `make test`. Both need only make and Python 3.11 or newer.

PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed.lock
ENGINES := chdb
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_NO_INPUT = 1

.PHONY: run engines test faults lint bench locale lock setup clean-data

run: setup
	@$(BIN)/python -m app.run

test: engines lint
	$(BIN)/python -m pytest -n auto

# Money against kills, faults, races and missing guards, some 20 minutes; PORTOLAN_FAULTS=full for hours. docs/RELIABILITY.md
faults: setup
	PORTOLAN_FAULTS=$${PORTOLAN_FAULTS:-long} PORTOLAN_FAULTS_FIGURES=$(CURDIR)/$(VENV)/faults.jsonl \
	  $(BIN)/python -m pytest tests/faults -p no:randomly
	$(BIN)/python -m tests.faults.mutations

# ClickHouse's engine in a wheel, on which the contract of traffic's stores runs: 800 MB that only tests are worth.
engines: setup
	@cmp -s requirements-engines.lock $(VENV)/engines.lock || { echo "Installing engines for tests (a minute)…"; \
	  $(BIN)/python -m pip install --quiet --require-hashes -r requirements-engines.lock && \
	    cp requirements-engines.lock $(VENV)/engines.lock; }

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m bench

# Merges the messages of code and templates into each language's catalogue and names what is not translated yet.
locale: setup
	$(BIN)/python -m app.translations

# After a change of dependencies in pyproject.toml; needs uv. The image installs the second file: no tests, no embedded servers.
# The third one is for tests alone.
lock:
	$(COMPILE) --extra embedded --extra dev -o requirements.lock
	$(COMPILE) --constraint requirements.lock -o requirements-production.lock
	echo $(ENGINES) | $(COMPILE:pyproject.toml=-) --constraint requirements.lock -o requirements-engines.lock

clean-data:
	rm -rf "$${PORTOLAN_DATA_DIR:-.data}"

setup: $(BIN)/python
	@cmp -s requirements.lock $(INSTALLED) || { echo "Installing $$(grep -c == requirements.lock) packages (a minute or two)…"; \
	  { $(BIN)/python -m pip install --require-hashes -r requirements.lock 2>&1 && cp requirements.lock $(INSTALLED); } \
	    | tee $(VENV)/install.log | awk '/^Collecting/ && ++n % 20 == 0 { print "  " n " found…" } /^Installing/ { print "  unpacking…" } { fflush() }'; \
	  cmp -s requirements.lock $(INSTALLED) || { \
	    echo "The packages could not be installed: $$(grep -m1 '^ERROR' $(VENV)/install.log || echo 'no reason was given.')" \
	      "The log is $(VENV)/install.log." >&2; exit 1; }; }
	@$(BIN)/python -m app.assets

$(BIN)/python:
	@for python in $(PYTHONS); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Creating $(VENV) with $$("$$python" --version)…"; \
	    "$$python" -m venv --clear $(VENV) && exit 0; \
	    echo "$$python has no venv module; install it (Debian and Ubuntu: apt install python3-venv)." >&2; \
	    rm -rf $(VENV); exit 1; \
	  fi; \
	done; \
	echo "Portolan needs Python 3.11 or newer; name one with make PYTHON=/path/to/python." >&2; exit 1
