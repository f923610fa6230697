# Every command starts from a bare machine: Python >= 3.11 with venv, git and make. See docs/how-to/run-the-demo.md.
PYTHON ?= python3

.PHONY: demo test test-real check setup bench

demo test test-real check setup bench:
	@exec $(PYTHON) -B deploy/house $@ $(ARGS)
