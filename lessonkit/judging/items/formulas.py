"""Writes a version of a rule as a formula in plain text, for a notebook, a terminal and paper alike."""

import ast
import functools

LETTERS = {
    "theta": "θ",
    "lr": "α",
    "beta": "β",
    "beta1": "β₁",
    "beta2": "β₂",
    "eps": "ε",
    "weight_decay": "λ",
    "m_hat": "m̂",
    "v_hat": "v̂",
    "ratio": "ρ",
    "tau": "τ",
    "growth": "q",
    "np.sqrt": "√",
    "np.maximum": "max",
    "np.cos": "cos",
    "np.sign": "sign",
    "np.exp": "exp",
    "np.pi": "π",
}
# What a norm is in words; the gradients of a clip are a list.
WORDS = {
    "np.sqrt(sum((np.sum(g * g) for g in grads)))": "√(sum of the squares of all entries of all gradients)",
    "sum((np.sum(np.abs(g)) for g in grads))": "sum of |entry| over all entries of all gradients",
    "max((np.max(np.abs(g)) for g in grads))": "largest |entry| of all gradients",
    "[g * scale for g in grads]": "each g · scale",
    "np.linalg.norm(v)": "‖v‖",
    "np.linalg.norm(w)": "‖w‖",
    "np.max(np.abs(w))": "(largest |entry| of w)",
    "np.sum(np.abs(w))": "(sum of |entry| over all entries of w)",
}
SIGNS = (
    (" ** t", "ᵗ"),
    (" ** 2", "²"),
    (" ** ", "^"),
    (" * ", " · "),
    (" @ ", " · "),
    (" - ", " − "),
    (" <= ", " ≤ "),
    (" = ", " ← "),
    (" == ", " = "),
    ("(-", "(−"),
    ("√(s²)", "s"),
    ("√(G²)", "G"),
    ("√(ρ)", "√ρ"),
    ("t % 2 = 1", "t is odd"),
    ("t % 2 = 0", "t is even"),
)
RENAMED = {
    "β₁": "beta1",
    "β₂": "beta2",
    "β": "beta",
    "α": "lr",
    "ε": "eps",
    "λ": "weight_decay",
    "ρ": "ratio",
    "τ": "tau",
    "q": "growth",
}


class _Letters(ast.NodeTransformer):
    """Puts the letters of papers in place of names, and squares in place of products of equal factors."""

    def visit(self, node):
        if isinstance(node, (ast.Call, ast.ListComp)) and (text := ast.unparse(node)) in WORDS:
            return ast.Name(WORDS[text])
        return super().visit(node)

    def visit_Name(self, node):
        return ast.Name(LETTERS.get(node.id, node.id))

    def visit_Attribute(self, node):
        return ast.Name(LETTERS[ast.unparse(node)])

    def visit_Call(self, node):
        if ast.unparse(node.func) == "np.where":
            test, one, other = node.args
            return self.visit(ast.IfExp(test, one, other))
        return self.generic_visit(node)

    def visit_Constant(self, node):
        return ast.Name(f"{node.value:g}")

    def visit_BinOp(self, node):
        node = self.generic_visit(node)
        if isinstance(node.op, ast.FloorDiv):
            return ast.Name(f"⌊{ast.unparse(ast.BinOp(node.left, ast.Div(), node.right))}⌋")
        if isinstance(node.op, ast.Mult):
            before = node.left if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mult) else None
            factor = before.right if before else node.left
            if ast.dump(factor) == ast.dump(node.right):
                square = ast.BinOp(factor, ast.Pow(), ast.Name("2"))
                return ast.BinOp(before.left, ast.Mult(), square) if before else square
        return node


@functools.lru_cache(maxsize=1024)
def formula(source):
    """The lines of a version as formulas.

    Parameters
    ----------
    source : str
        A function as `versions` of `spaces` makes it: assignments, `if` with a return, and a return at the end.

    Returns
    -------
    list of str
    """
    function = ast.parse(source).body[0]
    arguments, lines = [argument.arg for argument in function.args.args], []
    for line in function.body:
        if isinstance(line, ast.If):
            lines.append(f"{_result(line.body[0].value, arguments)}   if {_text(line.test)}, else")
        elif isinstance(line, ast.Return):
            lines.append(_result(line.value, arguments))
        else:
            lines.append(_text(line))
    return lines


def letters(source):
    """Which letter of a formula is which argument, in words; empty if there is none."""
    used = "".join(formula(source))
    pairs = [f"{letter} is `{name}`" for letter, name in RENAMED.items() if letter in used and f" {name}" in source]
    return ", ".join(pair for pair in pairs if not (pair == "β is `beta`" and "beta1" in source))


def _result(value, arguments):
    """What is returned, in a line: the new parameters, the rate, or all values."""
    if "theta" in arguments:
        return f"θ ← {_text(value.elts[0] if isinstance(value, ast.Tuple) else value)}"
    if isinstance(value, ast.Tuple):
        return "result: " + ", and ".join(map(_text, value.elts))
    return f"rate ← {_text(value)}"


def _text(node):
    text = ast.unparse(_Letters().visit(ast.parse(ast.unparse(node)).body[0]))
    for sign, instead in SIGNS:
        text = text.replace(sign, instead)
    return text
