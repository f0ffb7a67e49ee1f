# make demo      a real verification on this machine, then the example site    ARGS=--once  ARGS=--port=N
# make test      the tests; DATABASE_URL chooses the database                  ARGS="-k proof"
# make check     lint, types, scripts, migrations, packaging and the tests; needs chromium and npx
# make docs      the documentation, into build/docs/index.html
# make links     by hand: whether the links that lead out of the documentation still do; asks the network
# make screenshots  each state of the pages, into screenshots/, and the pictures of docs/; needs chromium
# make matrix    the tests on every supported Python and Django
# make mutate    whether the tests notice small faults in the code; 15 minutes ARGS="codes grants"
# make sabotage  whether the tests notice a defence that is gone; 6 minutes    ARGS="5 106"
# make bench     what a call costs, on PostgreSQL; 15 minutes                  ARGS="calls --rounds 5"
# make review    what staff see of a million attempts, on PostgreSQL; 5 minutes ARGS="--pages-only --rounds 3"
# make storm     a minute under fire, on PostgreSQL, and the books afterwards  ARGS="--seconds 20"
#
# Each makes its own virtual environment, anew when pyproject.toml or PYTHON changed.

PYTHON ?= python3
ARGS ?=

.PHONY: demo test docs links screenshots check quality lint types scripts migrations translations packaging matrix mutate \
	sabotage bench review storm clean

demo: .venv-demo/$(notdir $(PYTHON)).made
	@.venv-demo/bin/python -m example_project.demo $(ARGS)

test: .venv-test/$(notdir $(PYTHON)).made
	.venv-test/bin/python -m pytest $(ARGS)

docs: .venv-docs/$(notdir $(PYTHON)).made
	.venv-docs/bin/python -m sphinx --builder html --fresh-env --fail-on-warning --keep-going --quiet docs build/docs

links: .venv-docs/$(notdir $(PYTHON)).made
	.venv-docs/bin/python -m sphinx --builder linkcheck --fresh-env --quiet docs build/links

screenshots: .venv-test/$(notdir $(PYTHON)).made
	.venv-test/bin/python -m pytest tests/browser/screenshots.py $(ARGS)

check: quality test

quality: lint types scripts migrations translations packaging docs

CHECK := .venv-check/$(notdir $(PYTHON)).made

lint: $(CHECK)
	.venv-check/bin/ruff check .
	.venv-check/bin/ruff format --check .

types: $(CHECK)
	.venv-check/bin/mypy

# What browsers get is sent as it is written; these tools only read it, and npx fetches them.
STATIC := django_flashcall/static/flashcall
TSC := npx --yes --package typescript@7.0.2 tsc
BIOME := npx --yes @biomejs/biome@2.6.8

scripts:
	$(TSC) --noEmit --allowJs --checkJs --strict --noUncheckedIndexedAccess --target es2024 --module esnext --types '' \
		$(STATIC)/*.js $(STATIC)/*/*.js
	$(BIOME) lint --error-on-warnings $(STATIC)/*.js $(STATIC)/*/*.js $(STATIC)/*.css $(STATIC)/*/*.css
	$(BIOME) format --indent-style=space --line-width=120 $(STATIC)/*.js $(STATIC)/*/*.js

migrations: $(CHECK)
	.venv-check/bin/python -m django makemigrations --check --dry-run --settings tests.settings

# What the code says and what the catalogue translates are the same texts. Needs gettext.
translations: $(CHECK)
	cd django_flashcall && ../.venv-check/bin/python -m django makemessages --locale uk --no-location --no-obsolete
	cd example_project && ../.venv-check/bin/python -m django makemessages --locale uk --no-location --no-obsolete
	git diff --exit-code --ignore-matching-lines=POT-Creation-Date -- '*.po'

packaging: $(CHECK)
	rm -rf .venv-check/dist
	.venv-check/bin/python -m build --outdir .venv-check/dist
	.venv-check/bin/twine check --strict .venv-check/dist/*
	.venv-check/bin/check-manifest

matrix: $(CHECK)
	.venv-check/bin/nox $(ARGS)

mutate: .venv-test/$(notdir $(PYTHON)).made
	@.venv-test/bin/python -m tests.mutation $(ARGS)

sabotage: .venv-test/$(notdir $(PYTHON)).made
	.ci/on-postgresql .venv-test/bin/python -m tests.sabotage $(ARGS)

bench: .venv-benchmark/$(notdir $(PYTHON)).made
	FSYNC=on .ci/on-postgresql .venv-benchmark/bin/python -m benchmarks $(ARGS)

review: .venv-benchmark/$(notdir $(PYTHON)).made
	FSYNC=on .ci/on-postgresql .venv-benchmark/bin/python -m benchmarks.review $(ARGS)

storm: .venv-test/$(notdir $(PYTHON)).made
	.ci/on-postgresql .venv-test/bin/python -m tests.storm $(ARGS)

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
