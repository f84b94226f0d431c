PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-stamp
BEGUN := $(VENV)/.setup-begun
PYTEST_ARGS ?= -n 2 --dist worksteal
SAY_SECONDS ?= 3

GPU ?= $(shell nvidia-smi -L >/dev/null 2>&1 && echo 1 || echo 0)

# Without a GPU, builds without CUDA are taken where pip is told of some, of both; GPU=1 takes what pip takes by itself.
define BUILDS
for package in torch torchvision; do
  version=$$($(BIN)/python -m pip index versions $$package 2>/dev/null | tr ' ,' '\n\n' | grep '+cpu$$' | head -n 1)
  test -z "$$version" && exit
  found="$$found $$package==$$version"
done
echo $$found
endef

# Pip works in the background, and a line every few seconds says at what; what it says of an error is the log's end.
define INSTALL
test $(GPU) = 0 && builds=$$(sh -c "$$BUILDS")
test -n "$$builds" && echo "no GPU here, so without CUDA: $$builds (make setup GPU=1 takes the other builds)"
log=$(VENV)/pip.log
$(BIN)/python -m pip install --progress-bar off --disable-pip-version-check --editable '.[test,bench]' $$builds \
  >$$log 2>&1 &
pip=$$!
trap 'kill $$pip 2>/dev/null; exit 130' INT TERM
begun=$$(date +%s)
while sleep $(SAY_SECONDS); kill -0 $$pip 2>/dev/null; do
  printf '  %4d s %5d MB  %.90s\n' $$(($$(date +%s) - begun)) "$$(du -sm $(VENV) | cut -f 1)" \
    "$$(tail -n 1 $$log | sed 's/^ *//')"
done
wait $$pip || { tail -n 20 $$log >&2; exit 1; }
endef
export BUILDS INSTALL

.DEFAULT_GOAL := help
.PHONY: help setup demo test browser check bench replicate-acdc replicate-lits report site clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP)  ## make the virtual environment in .venv
	@echo "$(VENV) is up to date"

# BEGUN outlives an installation only if that was killed; what it left is then thrown away.
$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || \
	  { echo "error: $(PYTHON) is missing or older than Python 3.10; name a newer one: make setup PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "error: $(PYTHON) has no venv module; on Debian and Ubuntu install python3-venv" >&2; exit 1; }
	@{ test ! -e $(BEGUN) && $(BIN)/python -m pip --version >/dev/null 2>&1; } || $(PYTHON) -m venv --clear $(VENV)
	@touch $(BEGUN)
	@echo "installing into $(VENV); the first time takes some minutes"
	@sh -c "$$INSTALL" || { rm -f $(BEGUN); \
	  echo "error: pip could not install into $(VENV), as it says above; mend that and type make setup" >&2; exit 1; }
	@$(BIN)/python -c 'import torch, torchvision, segmentation_models_pytorch' || \
	  { echo "error: torch, torchvision and segmentation-models-pytorch in $(VENV) don't fit; make clean, then make setup" >&2; exit 1; }
	@rm -f $(BEGUN)
	@touch $(STAMP)

demo: setup  ## train three methods on the phantom, and one with all labels; two pages, the second of ACDC's kept records
	$(BIN)/python -m benchmark.sweep protocols/demo.toml
	$(BIN)/python -m reports.build --protocol demo
	@echo "a second page, of the kept records of ACDC, without data or training:"
	$(BIN)/python -m reports.build --protocol claim --runs results/kept --out reports/html/acdc-kept
	@echo "open reports/html/demo/index.html and reports/html/acdc-kept/index.html"

test: setup  ## run the tests but the slow ones
	$(BIN)/python -m pytest $(PYTEST_ARGS) -m "not slow"

browser: setup  ## add what the tests of pages in a real browser need: playwright, and Debian's Chromium where root asks
	@chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }; \
	test -n "$$(chromium)" || test "$$(id -u)" != 0 || { apt-get -qq update && \
	  apt-get -qq install --yes --no-install-recommends chromium; } >/dev/null; \
	test -n "$$(chromium)" || { echo "error: there is no Chromium here; install it and type make browser" >&2; exit 1; }; \
	timeout 60 "$$(chromium)" --headless --no-sandbox --dump-dom about:blank >/dev/null 2>&1 || \
	  { echo "error: $$(chromium) shows no empty page; start it by hand to see why" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[browser]'

check: setup  ## style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup  ## time metrics, training steps and scoring, the plain way of this field beside them
	$(BIN)/python -m pytest benches --benchmark-only

replicate-acdc: setup  ## run the paper's ACDC comparison on what this machine has; resumes; STRICT=1 exits by its verdicts
	$(BIN)/python -m benchmark.sweep protocols/acdc.toml
	$(BIN)/python -m reports.build --protocol acdc
	$(BIN)/python -m reports.verdict --protocol acdc $(if $(filter-out 0 no,$(STRICT)),--strict)

replicate-lits: setup  ## the same for LiTS
	$(BIN)/python -m benchmark.sweep protocols/lits.toml
	$(BIN)/python -m reports.build --protocol lits
	$(BIN)/python -m reports.verdict --protocol lits $(if $(filter-out 0 no,$(STRICT)),--strict)

report: setup  ## one page of all records
	$(BIN)/python -m reports.build

site: setup  ## the pages of all kept protocols with an index, for any web host
	$(BIN)/python -m reports.site

clean:  ## remove the environment and caches, never results
	rm -rf $(VENV) .tox build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
