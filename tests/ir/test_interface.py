"""Interfaces: errors for wrong ones."""

from typing import Any

import attrs
import pytest

import azc
from azc.arguments import explained
from azc.backends.python import source
from azc.ir import INTERFACES, Interface, an_interface, interface_of

PROGRAM = azc.parse("def Predict():\n  s1 = mean(v0)\n")


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [("features", "v0", "Address"), ("label", None, "Address"), ("follow", 3, "str or NoneType")],
)
def test_wrong_field_is_named(field: str, value: Any, kind: str) -> None:
    """A function that fails for a wrong interface raises AzcError with the field and its type."""
    interface = attrs.evolve(interface_of("RMS_ERROR"), **{field: value})
    with pytest.raises(
        azc.AzcError, match=rf"`interface\.{field}` must be a value of type {kind}, not {value!r}"
    ):
        source(PROGRAM, interface)


@pytest.mark.parametrize("interface", INTERFACES.values(), ids=INTERFACES.keys())
def test_failure_with_a_sound_interface_keeps_its_error(interface: Interface) -> None:
    """A failure with a row of the table is not explained by the interface."""
    error = ValueError("another reason")
    assert explained(error, (an_interface, "interface", interface)) is error


def test_unknown_evaluation_type() -> None:
    """An unknown evaluation type raises AzcError with the nearest one."""
    with pytest.raises(azc.AzcError, match="not 'RMS_EROR'; the nearest is 'RMS_ERROR'"):
        interface_of("RMS_EROR")
