#!/usr/bin/env bash
# Runs the tests on an installed wheel, in a folder that has all of the clone but the package.
#   tools/test_wheel.sh PYTHON [options for pytest]
set -eu
python=$1
shift
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git ls-files -z -- . ':!lessonkit' | tar --create --null --files-from=- --file=- | tar --extract --file=- --directory="$folder"
(
  cd "$folder"
  package=$("$python" -c 'import lessonkit, os; print(os.path.dirname(lessonkit.__file__))')
  # The wheel's notebooks are those of the clone; one module imports nbgrader, which lives apart.
  "$python" -m pytest -c pyproject.toml --numprocesses=2 \
    --ignore="$package/notebooks" --ignore="$package/exercises" --ignore="$package/classroom/grading/nbgrader_site.py" \
    "$@" tests notebooks "$package"
)
