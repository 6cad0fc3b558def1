# `make run` and `make test` are all that is needed; see README.md.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
UV ?= uv
# Tests per process; two processes suit two cores.
PYTEST := $(BIN)/python -m pytest --quiet -n 2 --dist worksteal

.PHONY: run test check test-sqlite test-postgres e2e bench format lock clean

run: $(VENV)/run.lock
	@exec $(BIN)/python manage.py run

test: check test-sqlite test-postgres

test-sqlite: $(VENV)/dev.lock
	TEST_DB=sqlite $(PYTEST) || [ $$? -eq 5 ]

test-postgres: $(VENV)/dev.lock
	TEST_DB=postgres $(PYTEST) || [ $$? -eq 5 ]

check: $(VENV)/dev.lock
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet
	DATA_DIR=$(VENV)/var $(BIN)/python manage.py makemigrations --check --dry-run
	DATA_DIR=$(VENV)/var $(BIN)/python manage.py catalogues check
	DATA_DIR=$(VENV)/var $(BIN)/python manage.py catalogues compile

e2e: $(VENV)/dev.lock
	DATA_DIR=$(VENV)/var $(BIN)/python manage.py catalogues compile
	$(BIN)/python -m pytest --quiet -n 2 --dist load -m e2e || [ $$? -eq 5 ]

# One JSON line per figure; docs/performance.md explains them.
bench: $(VENV)/dev.lock
	@$(BIN)/python -m bench

format: $(VENV)/dev.lock
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# uv writes locks that hold no download addresses. Existing pins are kept; add ARGS=--upgrade to renew them.
lock:
	$(UV) pip compile pyproject.toml --universal --generate-hashes --no-header --python-version 3.11 -o requirements.lock --quiet $(ARGS)
	$(UV) pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --python-version 3.11 -o requirements-dev.lock --quiet $(ARGS)

clean:
	rm -rf $(VENV) staticfiles

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The lock that was installed last is kept in the environment, so that nothing is installed twice.
$(VENV)/run.lock: requirements.lock | $(VENV)/bin/python
	@cmp -s requirements.lock $@ || { echo "Installing what the help desk needs …"; $(PIP) -r requirements.lock; }
	@cp requirements.lock $@

$(VENV)/dev.lock: requirements-dev.lock | $(VENV)/bin/python
	@cmp -s requirements-dev.lock $@ || { echo "Installing what the tests need …"; $(PIP) -r requirements-dev.lock; }
	@cp requirements-dev.lock $@
	@cp requirements.lock $(VENV)/run.lock
