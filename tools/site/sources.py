"""The files from which Sphinx builds the site. A file is written only when it differs, because Sphinx builds what is newer."""


class Sources:
    """The folders of a build.

    Parameters
    ----------
    work : Path
        Gets `source`, what Sphinx reads; `beside`, what it copies as it is; and `kept`, what takes long to make.
    """

    def __init__(self, work):
        self.source, self.beside, self.kept = (work / name for name in ("source", "beside", "kept"))
        self.written = set()

    def write(self, name, content):
        """Write a text or bytes to a file that Sphinx reads; return its name."""
        return self._write(self.source, name, content)

    def write_beside(self, name, content):
        """Write a file that stands in the site as it is; return its name."""
        return self._write(self.beside, name, content)

    def _write(self, folder, name, content):
        file, content = folder / name, content.encode() if isinstance(content, str) else content
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_bytes() != content:
            file.write_bytes(content)
        self.written.add(file)
        return name

    def prune(self, *folders):
        """Remove the files below some folders that this build has not written."""
        for folder in folders:
            for file in {each for each in folder.rglob("*") if each.is_file()} - self.written:
                file.unlink()
