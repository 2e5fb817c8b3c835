"""Which cells of a notebook have to run so that some of them run."""

import symtable


def names(source):
    """The names that a cell assigns or imports, and the names that it reads, also within its functions."""
    cell = symtable.symtable(source, "cell", "exec")
    tables = [cell]
    for table in tables:
        tables += table.get_children()
    made = {name.get_name() for name in cell.get_symbols() if name.is_assigned() or name.is_imported()}
    read = [name for table in tables for name in table.get_symbols() if table is cell or name.is_global()]
    return made, {name.get_name() for name in read if name.is_referenced()}


def with_what_they_need(sources, wanted):
    """The cells to run so that the wanted ones run: these and, before them, each that makes a name they need.

    Parameters
    ----------
    sources : dict of key → str
        The code cells of a notebook, in order. A cell that only changes an object, such as ``runs[1] = …``, is not found.
    wanted : set of keys

    Returns
    -------
    list of keys
    """
    needed, chosen = set(), []
    for key, source in reversed(sources.items()):
        made, read = names(source)
        if key in wanted or made & needed:
            chosen.insert(0, key)
            needed |= read
    return chosen
