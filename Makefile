# make dashboard   makes the environment once, then opens the dashboard on sample_runs/
# make test        installs what tests need, runs them: fast ones first, browser tests last
# make lint        ruff and mypy
# make bench       prints every figure the README claims
# make clean       removes the environment and caches; never runs or corpora
#
# PYTHON=/path/to/python3.12 chooses the Python of a new environment; ROOT=runs and PORT=8600 go to the dashboard.

VENV   ?= .venv
ROOT   ?= sample_runs
PORT   ?=
TESTS  ?= tests
EXTRAS ?= dev
RUN    := $(VENV)/bin/python
# Many small TensorFlow graphs run faster, and beside other work, on few threads.
TEST_THREADS := TF_NUM_INTRAOP_THREADS=2 TF_NUM_INTEROP_THREADS=1 OMP_NUM_THREADS=2 TF_CPP_MIN_LOG_LEVEL=2

export MYTTS_VENV := $(VENV)
ifdef PYTHON
export PYTHON
endif

.PHONY: help dashboard test lint bench clean environment test-environment

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -7

environment:
	@scripts/environment.sh phonemes

test-environment:
	@scripts/environment.sh $(EXTRAS)

dashboard: environment
	@exec $(RUN) -m mytts_core dashboard $(ROOT) $(if $(PORT),--port $(PORT))

test: test-environment
	@$(TEST_THREADS) $(RUN) -m pytest $(TESTS)

lint: test-environment
	$(RUN) -m ruff check .
	$(RUN) -m mypy

bench: test-environment
	@$(RUN) -m benchmarks

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -type d -prune -exec rm -rf {} +
