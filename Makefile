# `make lab` opens the course, `make test` proves it, `make quick` runs the quick tests.

PYTHON ?= python3
BIN = .venv/bin
# uv is quicker, if installed; the peers extra uses pip, which can reuse an installed torch.
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALL = $(if $(and $(shell command -v uv 2>/dev/null),$(filter-out bench,$*)),uv pip install --quiet --python $(BIN)/python,$(PIP))

.PHONY: lab test quick wheel-test lint bench bench-instruments bench-grading bench-judging bench-votes bench-lessons refute notebooks site pages pictures references constraints clean

lab: .venv/lab.stamp
	@$(BIN)/lessonkit lab $(if $(PORT),--port $(PORT))

PYTEST = $(BIN)/python -m pytest --numprocesses

# The tests read the course's files as UTF-8, also where the locale is another.
test quick wheel-test: export PYTHONUTF8 = 1

# A slow test often waits for another program, so three workers keep two cores busy; quick ones need a core each.
test: .venv/test.stamp
	$(PYTEST)=3

quick: .venv/test.stamp
	$(PYTEST)=2 -m "not slow" --hypothesis-profile=quick tests lessonkit

# The tests on what learners install, without the package's source beside them.
wheel-test:
	rm -rf .venv-wheel
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -m pip wheel --quiet --no-deps --wheel-dir .venv-wheel/wheel .
	.venv-wheel/bin/python -m pip install --quiet --constraint constraints.txt "$$(echo .venv-wheel/wheel/*.whl)[fused,test]"
	tools/test_wheel.sh "$$PWD/.venv-wheel/bin/python"

lint: .venv/test.stamp
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/codespell

bench: .venv/bench.stamp
	$(BIN)/python benchmarks/kernels.py

bench-instruments: .venv/test.stamp
	$(BIN)/python benchmarks/instruments.py
	$(BIN)/python benchmarks/browser.py

bench-grading: .venv/test.stamp
	$(BIN)/python benchmarks/grading.py

# Ten minutes: how long a verdict takes on each wrong answer of the sets, in a process that has judged nothing.
bench-judging: .venv/test.stamp
	$(BIN)/python benchmarks/judging.py

# Half a minute: 200 and 1,000 phones that vote, and a server that is killed.
bench-votes: .venv/test.stamp
	$(BIN)/python benchmarks/votes.py

# Three minutes: how long the cells of the lessons keep a learner waiting.
bench-lessons: .venv/test.stamp
	$(BIN)/python tools/lessons.py time

# Half an hour: the lessons' claims with other seeds, finer searches and another split; after an interrupt it goes on.
refute: .venv/test.stamp
	$(BIN)/python tools/refute.py

notebooks: .venv/test.stamp
	$(BIN)/python tools/lessons.py write
	$(BIN)/python tools/readme_picture.py
	$(MAKE) pages

# The course as pages, to be read and played without Python: open site/index.html.
site: .venv/docs.stamp
	$(BIN)/python tools/site/make.py

# Of docs/teaching.md, from a class of one phone that votes in Chromium.
pictures: .venv/test.stamp
	$(BIN)/python tools/teaching_pictures.py

# What is written from the source in seconds: stubs, pages of docs, exercises, copies for Colab where a repository is set.
pages: .venv/test.stamp
	$(BIN)/python tools/stubs.py
	$(BIN)/python tools/pages.py
	$(BIN)/python tools/readme_evidence.py
	$(BIN)/python tools/exercises.py
	$(BIN)/python tools/doors.py

references: .venv/bench.stamp
	PYTHONPATH=tests $(BIN)/python tests/references/make.py

COMPILE = $(BIN)/uv pip compile --quiet --system-certs --upgrade --python-version 3.11 --extra fused --extra test \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml

# ipywidgets 7 is for Colab, whose front end has no other; JupyterLab shows what is of 8.
constraints: .venv/test.stamp
	$(PIP) uv
	$(COMPILE) --universal --extra peers --extra site --extra cluster --extra docs | grep -v -E '^(nvidia|cuda|triton)' > constraints.new
	mv constraints.new constraints.txt
	echo "ipywidgets>=8.1" | $(COMPILE) --resolution lowest-direct --constraint - > constraints.new
	mv constraints.new constraints-oldest.txt

clean:
	rm -rf .venv .venv-colab .venv-site .venv-wheel

# nbgrader adds to JupyterLab's menus, so it has its own environment, .venv-site; its tests are skipped without it.
.venv-site/made: pyproject.toml constraints.txt
	@$(PYTHON) -m venv .venv-site
	@.venv-site/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[site]'
	@touch $@

# What Colab has: ipywidgets 7, Notebook 6, IPython 7. The tests of `tests/colab` install the course beside it, as a notebook does.
.venv-colab/made: tests/colab/constraints.txt
	@$(PYTHON) -m venv .venv-colab
	@.venv-colab/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# A stamp says what has been installed; it is made again when the project's files say otherwise.
.venv/%.stamp: pyproject.toml constraints.txt | .venv/made
	@echo "Installing ($*), a minute the first time …"
	@$(INSTALL) --constraint constraints.txt --editable '.[fused$(if $(filter test,$*),$(comma)test)$(if $(filter bench,$*),$(comma)peers)$(if $(filter docs,$*),$(comma)docs)]' || \
	  { echo "Not installed. The first time needs the network; then type the same again."; exit 1; }
	@touch $@

comma = ,

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "The course needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make lab PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "Python could not make a virtual environment. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@touch $@
