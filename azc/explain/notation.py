"""Notation: formulas as text, in Unicode for a terminal or in LaTeX."""

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Final

import attrs

from azc.explain import formulas as f
from azc.explain.behaviour import INPUT, NEXT, STATE
from azc.explain.formulas import Formula, Node
from azc.explain.functions import FUNCTIONS
from azc.explain.learning import is_one

_SUM, _DOT, _PRODUCT, _ATOM = range(4)
"""How tightly a formula holds together: sums, inner products and sums over elements, products, the rest. What
is looser than its place asks for stands in brackets."""


@attrs.frozen
class Style:
    """How formulas are written."""

    name: str
    functions: Mapping[str, str]
    inner: str
    """Sign of the inner product."""
    hadamard: str
    """Sign of the product element by element."""
    transposed: str
    norm: str
    all_elements: str
    """The sum over all elements."""
    quotient: str
    bracketed: str
    becomes: str
    """Sign between the index of an element that is set and its value."""
    numbers: Mapping[str, str]
    """How what is no number is written."""
    power: Callable[[str, float], str]
    symbol: Callable[[str, str, bool], str]
    """From a letter or name, a subscript and whether it is the next value."""


_TEN: Final = "10"
_RAISED: Final = str.maketrans("-0123456789.", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹˙")
_LOWERED: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LATEX_LETTERS: Final = {"ŷ": r"\hat{y}", "η": r"\eta"}


def _latex_symbol(letter: str, number: str, prime: bool) -> str:
    name = _LATEX_LETTERS.get(letter, letter if len(letter) == 1 else rf"\text{{{letter}}}")
    name = name.replace("_", r"\_")
    return name + (f"_{{{number}}}" if number else "") + ("'" if prime else "")


def _exponent(power: float) -> str:
    return f"{power:.0f}" if power == round(power) else f"{power:g}"


UNICODE: Final = Style(
    "unicode",
    {name: function.text for name, function in FUNCTIONS.items()},
    "·",
    " ⊙ ",
    "{}ᵀ",
    "‖{}‖",
    "Σ {}",
    "{} / {}",
    "({})",
    "←",
    {"inf": "∞", "nan": "nan"},
    lambda text, power: text + _exponent(power).translate(_RAISED),
    lambda letter, number, prime: letter + number.translate(_LOWERED) + "′" * prime,
)
LATEX: Final = Style(
    "latex",
    {name: function.latex for name, function in FUNCTIONS.items()},
    r" \cdot ",
    r" \odot ",
    r"{}^\top",
    r"\lVert {} \rVert",
    r"\textstyle\sum {}",
    r"\frac{{{}}}{{{}}}",
    r"\left({}\right)",
    r"\leftarrow",
    {"inf": r"\infty", "nan": r"\mathrm{nan}"},
    lambda text, power: f"{text}^{{{_exponent(power)}}}",
    _latex_symbol,
)


_ORDER: Final = {STATE: 0, NEXT: 0, INPUT: 2}


MAX_LEAVES: Final = 24
"""Maximum leaves, and functions within functions, of a formula in a table."""


def extents_of(roots: Iterable[Node], named: Container[Node]) -> dict[Node, tuple[int, int]]:
    """Leaves and depth of each node's text; a node with a name counts as a leaf."""
    found: dict[Node, tuple[int, int]] = {}
    for node in f.nodes_below(roots):
        below = [found[part] for _, part in node.parts]
        if node in named:
            below = []
        leaves = sum(many for many, _ in below) or 1
        found[node] = leaves, max((depth for _, depth in below), default=-1) + 1
    return found


@attrs.frozen
class FormulaWriter:
    """Writes formulas, with symbols for some nodes."""

    style: Style
    symbols: Mapping[Node, str]
    folded: tuple[Node, ...] = ()
    """Sums with symbols that stand for their terms in longer sums too."""

    def formula(self, value: Formula) -> str:
        """A formula as text."""
        return self._scaled(value.coefficient, value.node, _SUM)

    def brief(self, value: Formula) -> str:
        """A formula as text; dots if it is too long or too deep to be read in a line."""
        extents = extents_of([value.node], set(self.symbols))
        leaves, depth = extents[value.node]
        return self.formula(value) if leaves <= MAX_LEAVES and depth <= MAX_LEAVES else "…"

    def defining(self, node: Node) -> str:
        """What a node with a symbol is."""
        others = {other: symbol for other, symbol in self.symbols.items() if other != node}
        folded = tuple(other for other in self.folded if other != node)
        return FormulaWriter(self.style, others, folded).formula(Formula(1.0, node))

    def sum_of(self, values: Iterable[Formula]) -> str:
        """Formulas with plus and minus between them, in their order."""
        values = [value for value in values if value.number != 0]
        if len(values) == 1:
            return self.formula(values[0])
        return self.terms([(value.coefficient, value.node) for value in values])

    def terms(self, parts: Iterable[tuple[float, Node]]) -> str:
        """A sum of terms, in their order."""
        text = ""
        for number, node in parts:
            one = self._scaled(abs(number), node, _DOT)
            sign = "-" if number < 0 else "+"
            text += f" {sign} {one}" if text else f"-{one}" if number < 0 else one
        text = text or "0"
        return text.replace("-", "−") if self.style is UNICODE else text

    def number(self, value: float) -> str:
        """A number with four digits; with more where it would look like 1."""
        shown = (f"{value:.{digits}g}" for digits in (4, 6, 8, 10))
        text = next((one for one in shown if abs(float(one)) != 1 or is_one(abs(value))), f"{value!r}")
        mantissa, _, exponent = text.partition("e")
        if exponent:
            text = self.style.power(_TEN, int(exponent))
            if mantissa != "1":
                text = f"{mantissa}{self.style.inner}{text}"
        return self._signs(text)

    def _signs(self, text: str) -> str:
        return text.replace("-", "−") if self.style is UNICODE else text

    def _scaled(self, number: float, node: Node, least: int) -> str:
        """A number times a node."""
        plain = node not in self.symbols
        if node.head == f.SUM and plain and least == _SUM:
            return self.terms(self._sorted((number * n, part) for n, part in node.parts))
        if node.head == f.PRODUCT and plain:
            text, tightness = self._product(number, node)
        elif node.head == f.TOTAL and plain:
            number, over = self._freed(number, node.parts[0][1])
            text, tightness = self._total(node.parts[0][1], over)
            # A number before an inner product needs no brackets: both are numbers.
            text = self._with_number(number, text)
            tightness = tightness if is_one(number) else min(tightness, _PRODUCT)
        elif is_one(number):
            return self._node(node, least)
        else:
            text, tightness = self._with_number(number, self._node(node, _PRODUCT)), _PRODUCT
        if text.startswith("-"):
            tightness = min(tightness, _DOT)
        return self._bracketed(self._signs(text)) if tightness < least else self._signs(text)

    def _sorted(self, parts: Iterable[tuple[float, Node]]) -> list[tuple[float, Node]]:
        """Terms with a plus first, as people write them.

        Terms that make up a sum that has a symbol become that symbol.
        """
        found = {node: number for number, node in parts}
        for whole in self.folded:
            if len(whole.parts) < len(found):
                ratios = {found.get(node, 0.0) / number for number, node in whole.parts}
                if len(ratios) == 1 and 0.0 not in ratios:
                    found = {n: c for n, c in found.items() if all(n != part for _, part in whole.parts)}
                    found = {whole: ratios.pop()} | found
        return sorted(((number, node) for node, number in found.items()), key=self._term_order)

    def _term_order(self, part: tuple[float, Node]) -> tuple[bool, bool, bool, str]:
        number, node = part
        plain = node.head == f.LEAF
        return number < 0, node.head == f.PRODUCT and not node.parts, plain, self._node(node, _SUM)

    def _factor_order(self, part: tuple[float, Node]) -> tuple[int, str]:
        """What is carried comes first, what is put in last."""
        _, node = part
        source = node.name[0] if node.head == f.LEAF else ""
        return _ORDER.get(source, 1), self._node(node, _SUM)

    def _with_number(self, number: float, text: str) -> str:
        if is_one(abs(number)):
            return f"-{text}" if number < 0 else text
        return f"{self.number(number)} {text}"

    def _node(self, node: Node, least: int) -> str:
        if node in self.symbols:
            return self.symbols[node]
        if node.head == f.SUM:
            text, tightness = self.terms(self._sorted(node.parts)), _SUM
        elif node.head == f.PRODUCT:
            text, tightness = self._product(1.0, node)
            text = self._signs(text)
        else:
            text, tightness = self._function(node)
        return self._bracketed(text) if tightness < least else text

    def _bracketed(self, text: str) -> str:
        return self.style.bracketed.format(text)

    def _product(self, number: float, node: Node) -> tuple[str, int]:
        if not node.parts:
            return self.number(number), _ATOM
        number, over = self._freed(number, node)
        above = [(power, part) for power, part in node.parts if power > 0]
        below = [(-power, part) for power, part in node.parts if power < 0]
        sign = "-" if number < 0 else ""
        lead = "" if is_one(abs(number)) else self.number(abs(number))
        alone = _PRODUCT if below or lead else _DOT
        text, tightness = self._factors(above, over, alone) if above else ("", _PRODUCT)
        text = " ".join(filter(None, (lead, text))) or "1"
        if below:
            # A fraction of LaTeX needs no brackets.
            least = _ATOM if self.style is UNICODE else _SUM
            under, holds = self._factors(below, 1.0, least)
            under = self._bracketed(under) if holds < least else under
            text, tightness = self.style.quotient.format(text, under), _PRODUCT
        return sign + text, _DOT if sign else tightness

    def _freed(self, number: float, inside: Node) -> tuple[float, float]:
        """The number before a product with a sum in it, and what the sum's coefficients are divided by.

        They are chosen so that the fewest digits are needed.
        """
        sums = [part for _, part in f.factors(inside) if part.head == f.SUM and part not in self.symbols]
        if len(sums) != 1 or (1.0, sums[0]) not in f.factors(inside):
            return number, 1.0
        numbers = [abs(coefficient) for coefficient, _ in sums[0].parts]

        def digits(over: float) -> int:
            shown = [self.number(each / over) for each in numbers] + [self.number(abs(number) * over)]
            return sum(len(text) for text in shown if text != "1")

        best = min((1.0, *numbers, 1 / abs(number)), key=digits)
        return number * best, best

    def _factors(self, parts: list[tuple[float, Node]], over: float, alone: int) -> tuple[str, int]:
        """Factors and their tightness: scalars side by side, others with the sign of their product.

        `over` is what the coefficients of a sum are divided by, `alone` the least tightness of an only one.
        """
        widest = max((part.kind for _, part in parts), key="svm".index)
        wide, narrow = list[tuple[float, Node]](), list[tuple[float, Node]]()
        for power, part in parts:
            if not part.kind == widest != "s":
                narrow.append((power, part))
            elif power == 2:  # a raised 2 would look like an inner product
                wide += [(1.0, part)] * 2
            else:
                wide.append((power, part))
        if len(wide) + len(narrow) == 1:
            ((power, part),) = wide or narrow
            return self._raised(power, part, over, alone), max(alone, _PRODUCT)
        # Beside a sign of multiplication a matrix times a vector would be read apart.
        least = _ATOM if len(wide) > 1 else _PRODUCT
        joined = self.style.hadamard.join(self._raised(power, part, over, least) for power, part in wide)
        if narrow and len(wide) > 1:
            joined = self._bracketed(joined)
        scalars = sorted((self._raised(power, part, over, _PRODUCT) for power, part in narrow), key=len)
        return " ".join(filter(None, (*scalars, joined))), _PRODUCT

    def _raised(self, power: float, node: Node, over: float, least: int) -> str:
        if power == 1 and node.head == f.SUM and node not in self.symbols:
            text = self.terms(self._sorted((number / over, part) for number, part in node.parts))
            return self._bracketed(text) if least > _SUM else text
        if power == 1:
            return self._node(node, least)
        base = self._node(node, _ATOM)
        raised = node.head == f.TOTAL and node not in self.symbols and not base.startswith("(")
        return self.style.power(self._bracketed(base) if raised else base, power)

    def _function(self, node: Node) -> tuple[str, int]:
        style = self.style
        arguments = [Formula(number, part) for number, part in node.parts]
        if node.head == f.LEAF:
            return style.numbers.get(node.name[-1], ".".join(node.name)), _ATOM
        if node.head == "element":
            base = self._scaled(arguments[0].coefficient, arguments[0].node, _ATOM)
            *places, value = node.name[1:]
            return f"{base}[{', '.join(places)} {style.becomes} {self.number(float(value))}]", _ATOM
        if node.head == f.TOTAL:
            return self._total(node.parts[0][1], 1.0)
        if node.head in (f.MATRIX_VECTOR, f.MATMUL):
            a, b = (self._scaled(v.coefficient, v.node, _ATOM) for v in arguments)
            return f"{a} {b}", _PRODUCT
        if node.head == f.OUTER:
            a, b = (self._scaled(v.coefficient, v.node, _ATOM) for v in arguments)
            return f"{a} {style.transposed.format(b)}", _PRODUCT
        if node.head == f.TRANSPOSE:
            return style.transposed.format(self._scaled(1.0, arguments[0].node, _ATOM)), _ATOM
        if node.head == "sqrt" and (inside := _squared(node)):
            return style.norm.format(self._node(inside, _SUM)), _ATOM
        texts = [self.formula(value) for value in arguments]
        if node.head == "gaussian" and _TEN in texts[1]:
            texts[1] = self._bracketed(texts[1])
        return style.functions[node.head].format(*texts), _ATOM

    def _total(self, inside: Node, over: float) -> tuple[str, int]:
        """A sum over all elements: an inner product, a squared norm, or another.

        `over` is what the coefficients of a sum in it are divided by.
        """
        style, parts = self.style, f.factors(inside)
        if inside not in self.symbols and inside.kind == "v":
            if len(parts) == 2 and all(power == 1 for power, _ in parts):
                ordered = sorted(parts, key=self._factor_order)
                return style.inner.join(self._raised(1.0, part, over, _ATOM) for _, part in ordered), _DOT
            if len(parts) == 1 and parts[0][0] == 2:
                return style.power(style.norm.format(self._node(parts[0][1], _SUM)), 2), _ATOM
        return style.all_elements.format(self._raised(1.0, inside, over, _ATOM)), _DOT


def _squared(root: Node) -> Node | None:
    """Of a square root of a sum of squares, what is squared."""
    ((number, inside),) = root.parts
    if number == 1 and inside.head == f.TOTAL:
        parts = f.factors(inside.parts[0][1])
        if len(parts) == 1 and parts[0][0] == 2:
            return parts[0][1]
    return None
