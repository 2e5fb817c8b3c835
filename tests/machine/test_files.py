"""A file is written whole or not at all."""

from pathlib import Path

import pytest

from lessonkit.machine.write_whole import write_whole


def test_a_new_file_gets_its_folders_and_nothing_else_is_left(tmp_path):
    write_whole(tmp_path / "a" / "b" / "file", b"new")
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "b", "file"]
    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"new"


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_write_that_stops_midway_leaves_the_old_file_alone(error, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"old")
    whole = Path.write_bytes

    def half(path, content):
        whole(path, content[:1])
        raise error

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(error):
        write_whole(tmp_path / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"] and (tmp_path / "file").read_bytes() == b"old"
