"""Files of results: written whole or not at all, under names that are safe."""

import hashlib
import os
from urllib.parse import quote


def write(path, content):
    """Write a file in one step, so that a crash leaves the old one; leave it alone where nothing has changed."""
    content = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    os.replace(new, path)


def safe(name):
    """A name as that of a file: no slash, no dot in front, nothing that a path could mean; other names, other files."""
    quoted = quote(name, safe=" @+,=").replace("~", "%7E")
    quoted = "%2E" + quoted[1:] if quoted.startswith(".") else quoted
    return (quoted if len(quoted) <= 120 else f"%-{hashlib.sha256(name.encode()).hexdigest()}") or "%"
