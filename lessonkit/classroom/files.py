"""Files of results: written whole or not at all, under names that are safe."""

import hashlib
from urllib.parse import quote

from lessonkit.machine.write_whole import write_whole


def write(path, content):
    """Write a text in UTF-8, or bytes, whole or not at all. A file that holds just that already is not touched."""
    content = content.encode("utf-8") if isinstance(content, str) else content
    if path.exists() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return
    write_whole(path, content)


def safe(name):
    """A name as the name of a file: no slash, no dot in front, nothing that means another path. Two names never give the same file."""
    quoted = quote(name, safe=" @+,=").replace("~", "%7E")
    quoted = "%2E" + quoted[1:] if quoted.startswith(".") else quoted
    return (quoted if len(quoted) <= 120 else f"%-{hashlib.sha256(name.encode()).hexdigest()}") or "%"
