# make demo    a real verification on this machine, then the example site    ARGS=--once  ARGS=--port=N
# make test    the tests; DATABASE_URL chooses the database                  ARGS="-k proof"
# make check   lint, types, migrations, packaging and the tests
# make matrix  the tests on every supported Python and Django
# make bench   what a call costs, on PostgreSQL; 15 minutes                  ARGS="calls --rounds 5"
#
# Each makes its own virtual environment, anew when pyproject.toml or PYTHON changed.

PYTHON ?= python3
ARGS ?=

.PHONY: demo test check quality lint types migrations translations packaging matrix bench clean

demo: .venv-demo/$(notdir $(PYTHON)).made
	@.venv-demo/bin/python -m example_project.demo $(ARGS)

test: .venv-test/$(notdir $(PYTHON)).made
	.venv-test/bin/python -m pytest $(ARGS)

check: quality test

quality: lint types migrations translations packaging

CHECK := .venv-check/$(notdir $(PYTHON)).made

lint: $(CHECK)
	.venv-check/bin/ruff check .
	.venv-check/bin/ruff format --check .

types: $(CHECK)
	.venv-check/bin/mypy

migrations: $(CHECK)
	.venv-check/bin/python -m django makemigrations --check --dry-run --settings tests.settings

# What the code says and what the catalogue translates are the same texts. Needs gettext.
translations: $(CHECK)
	cd django_flashcall && ../.venv-check/bin/python -m django makemessages --locale uk --no-location --no-obsolete
	git diff --exit-code --ignore-matching-lines=POT-Creation-Date -- django_flashcall/locale

packaging: $(CHECK)
	rm -rf .venv-check/dist
	.venv-check/bin/python -m build --outdir .venv-check/dist
	.venv-check/bin/twine check --strict .venv-check/dist/*
	.venv-check/bin/check-manifest

matrix: $(CHECK)
	.venv-check/bin/nox $(ARGS)

bench: .venv-benchmark/$(notdir $(PYTHON)).made
	.ci/on-postgresql .venv-benchmark/bin/python -m benchmarks $(ARGS)

clean:
	rm -rf .venv-* .nox build dist *.egg-info

# The stem is the dependency group. pip knows --group since 25.1.
.venv-%/$(notdir $(PYTHON)).made: pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
		{ echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name one: make $* PYTHON=/path/to/python"; exit 1; } >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is older. Name another: make $* PYTHON=/path/to/python"; exit 1; } >&2
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ $(PYTHON) -c 'import sys; print("$(PYTHON) cannot make virtual environments. On Debian and Ubuntu install the package python%d.%d-venv." % sys.version_info[:2])'; exit 1; } >&2
	@echo "Making .venv-$*; this takes a minute the first time."
	@$(PYTHON) -m venv --clear .venv-$*
	@.venv-$*/bin/python -m pip install -qq --upgrade 'pip>=25.1'
	@.venv-$*/bin/python -m pip install -qq --editable . --group $*
	@touch $@
