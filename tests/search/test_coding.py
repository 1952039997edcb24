"""Coding of programs as genomes and back."""

import math

import pytest
from hypothesis import given, settings
from search.making import m, only, s, v
from strategies import programs

from azc.errors import AzcError
from azc.ir import Literal, Program
from azc.search.coding import coding

MANY = (20, 20, 20)


@settings(max_examples=60)
@given(programs(max_address=19))
def test_a_program_survives_packing(program: Program) -> None:
    """Any program survives packing and unpacking: literals, nan, signed zeros, elements, draws."""
    numbers = coding(MANY, [program])
    genome, sizes = numbers.pack(program, 40)
    assert numbers.unpack(genome, sizes) == program


@settings(max_examples=60)
@given(programs(max_address=19))
def test_a_genome_survives_unpacking(program: Program) -> None:
    """Packing an unpacked genome again gives the same words."""
    numbers = coding(MANY, [program])
    genome, sizes = numbers.pack(program, 40)
    again, sizes_again = numbers.pack(numbers.unpack(genome, sizes), 40)
    assert (genome == again).all()
    assert (sizes == sizes_again).all()


def test_addresses_come_first_by_kind_then_literals_by_their_bits() -> None:
    """Operands are numbered: scalars, vectors, matrices, then literals by their unsigned bits."""
    values = (-0.0, 2.0, math.inf, -1.0, 0.5, 0.0)
    program = Program(tuple(only("SCALAR_SUM", s(2), (Literal(x), s(3))) for x in values))
    numbers = coding((4, 3, 2), [program])
    assert [numbers.number(address) for address in (s(0), s(3), v(0), v(2), m(0), m(1))] == [0, 3, 4, 6, 7, 8]
    ordered = [Literal(x) for x in (0.0, 0.5, 2.0, math.inf, -0.0, -1.0)]
    assert [numbers.operand(number) for number in range(64, 70)] == ordered


def test_a_literal_for_scalar_and_vector_has_a_number_for_each() -> None:
    """A literal used as scalar and as vector has a number for each kind."""
    program = Program(
        (only("SCALAR_SUM", s(2), (Literal(0.5), s(3))), only("VECTOR_SUM", v(2), (Literal(0.5), v(1))))
    )
    numbers = coding((4, 3, 0), [program])
    assert len(numbers.literals) == 2
    assert numbers.unpack(*numbers.pack(program, 3)) == program


def test_more_addresses_than_bits_are_an_error() -> None:
    """More than 64 addresses are an error, since a set of them is one word."""
    assert coding((32, 22, 10)).number(m(9)) == 63
    with pytest.raises(AzcError, match=r"program\.addresses: 65 in all; expected at most 64"):
        coding((32, 22, 11))


def test_more_literals_than_numbers_are_an_error() -> None:
    """More than 191 literals are an error, since a number is one byte."""
    many = Program(tuple(only("SCALAR_SUM", s(2), (Literal(k + 0.5), s(3))) for k in range(192)))
    with pytest.raises(AzcError, match=r"program\.initial: 192 literals; expected at most 191"):
        coding((4, 3, 2), [many])
