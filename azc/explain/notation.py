"""Notation: formulas as text, in Unicode for a terminal or in LaTeX."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import attrs

from azc.explain import formulas as f
from azc.explain.behaviour import INPUT, NEXT, STATE
from azc.explain.formulas import Formula, Node
from azc.explain.functions import FUNCTIONS
from azc.explain.learning import is_one

_SUM, _PRODUCT, _ATOM = range(3)
"""How tightly a formula holds together; what is looser than its place asks for stands in brackets."""


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
    power: Callable[[str, float], str]
    symbol: Callable[[str, str, bool], str]
    """From a letter or name, a subscript and whether it is the next value."""


_TEN: Final = "10"
_RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LATEX_LETTERS: Final = {"ŷ": r"\hat{y}", "η": r"\eta"}


def _latex_symbol(letter: str, number: str, prime: bool) -> str:
    name = _LATEX_LETTERS.get(letter, letter if len(letter) == 1 else rf"\mathrm{{{letter}}}")
    name = name.replace("_", r"\_")
    return name + (f"_{{{number}}}" if number else "") + ("'" if prime else "")


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
    lambda text, power: text + f"{power:g}".translate(_RAISED),
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
    lambda text, power: f"{text}^{{{power:g}}}",
    _latex_symbol,
)


_ORDER: Final = {STATE: 0, NEXT: 0, INPUT: 2}


@attrs.frozen
class FormulaWriter:
    """Writes formulas, with symbols for some nodes."""

    style: Style
    symbols: Mapping[Node, str]

    def formula(self, value: Formula) -> str:
        """A formula as text."""
        return self._scaled(value.coefficient, value.node, _SUM)

    def defining(self, node: Node) -> str:
        """What a node with a symbol is."""
        others = {other: symbol for other, symbol in self.symbols.items() if other != node}
        return FormulaWriter(self.style, others).formula(Formula(1.0, node))

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
            one = self._scaled(abs(number), node, _PRODUCT)
            sign = "-" if number < 0 else "+"
            text += f" {sign} {one}" if text else f"-{one}" if number < 0 else one
        text = text or "0"
        return text.replace("-", "−") if self.style is UNICODE else text

    def number(self, value: float) -> str:
        """A number with four digits."""
        text = f"{value:.4g}"
        mantissa, _, exponent = text.partition("e")
        if exponent:
            text = self.style.power(_TEN, int(exponent))
            if mantissa != "1":
                text = f"{mantissa}{self.style.inner}{text}"
        return text.replace("-", "−") if self.style is UNICODE else text

    def _scaled(self, number: float, node: Node, place: int) -> str:
        """A number times a node."""
        if node.head == f.SUM and node not in self.symbols and place == _SUM:
            return self.terms(self._sorted((number * n, part) for n, part in node.parts))
        if node.head == f.PRODUCT and node not in self.symbols:
            text = self._product(number, node)
        elif node.head == f.TOTAL and node not in self.symbols:
            number, over = self._freed(number, node.parts[0][1])
            text, tightness = self._total(node.parts[0][1], over)
            text = self._with_number(number, text)
            tightness = _PRODUCT if not is_one(number) else tightness
            return self._bracketed(text) if tightness < place else text
        elif is_one(number):
            return self._node(node, place)
        else:
            text = self._with_number(number, self._node(node, _PRODUCT))
        text = text.replace("-", "−") if self.style is UNICODE else text
        return self._bracketed(text) if place == _ATOM else text

    def _sorted(self, parts: Iterable[tuple[float, Node]]) -> list[tuple[float, Node]]:
        """Terms with a plus first, as people write them.

        Terms that make up a sum that has a symbol become that symbol.
        """
        found = {node: number for number, node in parts}
        for whole in self.symbols:
            if whole.head == f.SUM and len(whole.parts) < len(found):
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

    def _node(self, node: Node, place: int) -> str:
        if node in self.symbols:
            return self.symbols[node]
        if node.head == f.SUM:
            text, tightness = self.terms(self._sorted(node.parts)), _SUM
        elif node.head == f.PRODUCT:
            text, tightness = self._product(1.0, node), _PRODUCT
        else:
            text, tightness = self._function(node)
        return self._bracketed(text) if tightness < place else text

    def _bracketed(self, text: str) -> str:
        return self.style.bracketed.format(text)

    def _product(self, number: float, node: Node) -> str:
        if not node.parts:
            return self.number(number)
        number, widest = self._freed(number, node)
        above = [(power, part) for power, part in node.parts if power > 0]
        below = [(-power, part) for power, part in node.parts if power < 0]
        sign = "-" if number < 0 else ""
        lead = "" if is_one(abs(number)) else self.number(abs(number))
        text = " ".join(filter(None, (lead, self._factors(above, widest)))) or "1"
        if below:
            under = self._factors(below)
            if self.style is UNICODE and len(below) > 1:
                under = self._bracketed(under)
            text = self.style.quotient.format(text, under)
        return sign + text

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

    def _factors(self, parts: list[tuple[float, Node]], over: float = 1.0) -> str:
        """Factors: scalars stand side by side, vectors and matrices with the sign of their product."""
        widest = max((part.kind for _, part in parts), key="svm".index, default="s")
        wide, narrow = list[str](), list[str]()
        for power, part in parts:
            if not part.kind == widest != "s":
                narrow.append(self._raised(power, part, over))
            elif power == 2:  # a raised 2 would look like an inner product
                wide += [self._raised(1.0, part, over)] * 2
            else:
                wide.append(self._raised(power, part, over))
        joined = self.style.hadamard.join(wide)
        if narrow and len(wide) > 1:
            joined = self._bracketed(joined)
        return " ".join(filter(None, (*sorted(narrow, key=len), joined)))

    def _raised(self, power: float, node: Node, over: float, place: int = _PRODUCT) -> str:
        if power == 1 and node.head == f.SUM and node not in self.symbols:
            return self._bracketed(
                self.terms(self._sorted((number / over, part) for number, part in node.parts))
            )
        if power == 1:
            return self._node(node, place)
        return self.style.power(self._node(node, _ATOM), power)

    def _function(self, node: Node) -> tuple[str, int]:
        style = self.style
        arguments = [Formula(number, part) for number, part in node.parts]
        if node.head == f.LEAF:
            return ".".join(node.name), _ATOM
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
        if node.head in ("gaussian", "uniform"):
            texts = [self.number(value.coefficient) for value in arguments]
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
                return style.inner.join(self._raised(1.0, part, over, _ATOM) for _, part in ordered), _PRODUCT
            if len(parts) == 1 and parts[0][0] == 2:
                return style.power(style.norm.format(self._node(parts[0][1], _SUM)), 2), _ATOM
        return style.all_elements.format(self._raised(1.0, inside, over)), _PRODUCT


def _squared(root: Node) -> Node | None:
    """Of a square root of a sum of squares, what is squared."""
    ((number, inside),) = root.parts
    if number == 1 and inside.head == f.TOTAL:
        parts = f.factors(inside.parts[0][1])
        if len(parts) == 1 and parts[0][0] == 2:
            return parts[0][1]
    return None
