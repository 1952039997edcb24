"""Operands from tokens: addresses, literals, indexes, whole numbers."""

from typing import Final

from azc.ir import KINDS, MAX_ADDRESSES, MAX_DRAW, Address, Constant, Literal, Operand, address
from azc.language.diagnostics import ADDRESS_RANGE, clipped
from azc.language.errors import Complaint
from azc.language.spelling import is_whole, number
from azc.language.syntax import Token

_ADDRESSES: Final = {str(a): a for a in (address(kind, i) for kind in KINDS for i in range(MAX_ADDRESSES))}


def address_of(token: Token) -> Address:
    """Address that a token names; Complaint if there is none."""
    found = _ADDRESSES.get(token.text)
    if found is None:
        raise Complaint(f"there is no address {clipped(token.text)}", token.column, ADDRESS_RANGE)
    return found


def operand_of(token: Token) -> Operand:
    """Address or literal of an operand's token."""
    return Literal(number(token.text)) if token.type == "NUMBER" else address_of(token)


def index_of(token: Token) -> Constant:
    """Index of an element: absolute without point or exponent, else a fraction of F."""
    if is_whole(token.text):
        return whole_number(token, "an absolute index", "; a fraction is written with a point")
    return number(token.text)


def whole_number(token: Token, what: str, advice: str = "") -> int:
    """A whole number from 0 to 2^31 - 1; Complaint for others.

    Its size is compared as a float, since Python refuses to convert integers of very many digits.
    """
    value = number(token.text)
    if not (is_whole(token.text) and 0 <= value < MAX_DRAW):
        raise Complaint(
            f"{what} is a whole number from 0 to {MAX_DRAW - 1}, found {clipped(token.text)}{advice}",
            token.column,
        )
    return int(value)
