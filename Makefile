# Two commands do all: `make demo` and `make test`. Both set up .venv first; nothing else has to be installed by hand.
PYTHON ?= python3
PY := .venv/bin/python
INSTALL := .venv-gpu/ready

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

demo: .venv/ready ## train a memory that maps and localises (minutes on 2 cores), score it, draw it: runs/demo/
	$(PY) -m mgnm demo

test: .venv/ready ## run all tests, on as many cores as there are, up to 8
	$(PY) -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile

gradcheck: .venv/ready ## check every backward pass against finite differences
	$(PY) -m gradcheck

tutorials: .venv/ready ## run all notebooks in tutorials/ and write their outputs anew (minutes on 2 cores)
	$(PY) -m tutorials.execute

benchmark: .venv/torch ## time a training iteration beside PyTorch (installs PyTorch into .venv)
	$(PY) -m benchmarks.cpu

gpu: $(INSTALL) ## on a GPU: all checks, benchmarks, a training (MINUTES=25 ends it in time; benchmarks/README.md)
	$(if $(INSTALL),.venv-gpu/bin/python,$(PYTHON)) -m benchmarks.gpu.everything $(if $(MINUTES),--minutes $(MINUTES))

clean: ## remove .venv and .venv-gpu (runs/ stays)
	rm -rf .venv .venv-gpu

.venv/ready: pyproject.toml
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --editable '.[test,kernels,tutorials]'
	@touch $@

.venv/torch: .venv/ready benchmarks/requirements.txt
	$(PY) -m pip install --quiet -r benchmarks/requirements.txt
	@touch $@

.venv-gpu/ready: pyproject.toml benchmarks/requirements.txt
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv .venv-gpu
	.venv-gpu/bin/python -m pip install --quiet --editable '.[test,gpu]' -r benchmarks/requirements.txt
	@touch $@

NEW_ENOUGH = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ..."; exit 2; }

.PHONY: help demo test gradcheck tutorials benchmark gpu clean
.DEFAULT_GOAL := help
