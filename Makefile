# make bench   compare base, RAG, fine-tuned and hybrid on the shipped question set
# make test    run the tests
# make check   format, lint, types and architecture
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: bench test check setup reference clean

bench: setup
	$(BIN)/harness run benchmarks/pocket.yaml

test: setup
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py

setup: $(VENV)/ready

$(VENV)/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "harness needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Keep the small files of a run as the reference that the README shows.
reference: bench
	mkdir -p results/reference/pocket/plots
	cd results/pocket && cp *.csv report.md run.json ../reference/pocket/
	rm -f results/reference/pocket/scores.csv
	cp results/pocket/plots/*.png results/reference/pocket/plots/
	$(BIN)/python benchmarks/readme_table.py --write README.md

clean:
	rm -rf $(VENV) results/pocket
