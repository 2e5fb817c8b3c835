"""Stands before a library of this name, whose import takes a second: jsonschema does without, and no notebook needs it.

The library reads two grammars, for the format "iri". pytest and the programs that tests start have this folder on their path.
"""

raise ImportError("left out to start quickly, see tools/light")
