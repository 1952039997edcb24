"""Interfaces between programs and data: a row for each evaluation type, read by all that depends on it."""

from functools import cached_property
from typing import Final

import attrs

from azc.arguments import fault, kind_of, one_of
from azc.ir.program import Address, address
from azc.ir.signature import Signature, supervised


@attrs.frozen
class Interface:
    """Addresses of features, label and prediction; functions for what follows Predict, errors and fitness.

    `follow`, `train_error`, `valid_error` and `fitness` name functions of `semantics.py` and their lowerings.
    """

    name: str
    features: Address
    label: Address
    prediction: Address
    follow: str | None
    """Function that replaces the prediction in memory after Predict in training; None for none."""
    train_error: str
    """Error of a training example, from label and prediction in memory."""
    valid_error: str
    """Error of a validation example, from label and prediction in memory; its square adds to the loss."""
    valid_stops: bool
    """Whether a validation error that is nan or too great stops validation."""
    fitness: str
    """Fitness, from the loss and the number of validation examples."""
    classes: bool = False
    """Whether labels are class numbers below the task's `n_classes`."""
    binary: bool = False
    """Whether labels are 0 and 1."""

    @cached_property
    def signature(self) -> Signature:
        """How a program meets its examples."""
        _look_inside(self)
        return supervised(self.features, self.label, self.prediction, self.follow is not None)

    @property
    def addresses(self) -> tuple[Address, Address, Address]:
        """Features, label and prediction."""
        return (self.features, self.label, self.prediction)


SignatureLike = Signature | Interface
"""A signature; or an interface, which has one."""


def signature_of(value: SignatureLike) -> Signature:
    """The signature of an interface, or a signature itself."""
    return value.signature if isinstance(value, Interface) else value


def own_signature(value: SignatureLike) -> Signature | None:
    """A signature of one's own; None for an interface, which belongs to supervised learning."""
    return None if isinstance(value, Interface) else value


_V0, _S0, _S1 = address("v", 0), address("s", 0), address("s", 1)
_V1, _V2 = address("v", 1), address("v", 2)

# fmt: off
INTERFACES: Final[dict[str, Interface]] = {
    row.name: row
    for row in (
        #         name                   features label prediction follow     train_error      valid_error     stops  fitness
        Interface("RMS_ERROR",           _V0,     _S0,  _S1,       None,      "distance",      "difference",   True,  "squashed_rms"),
        Interface("ACCURACY",            _V0,     _S0,  _S1,       "sigmoid", "distance",      "wrong_side",   False, "share_right", binary=True),
        Interface("MULTICLASS_ACCURACY", _V0,     _V1,  _V2,       "softmax", "missing_share", "wrong_class",  False, "share_right", True),
    )
}
# fmt: on
_eval_type: Final = one_of(INTERFACES)


def _look_inside(interface: Interface) -> None:
    for field in attrs.fields(Interface):
        value = getattr(interface, field.name)
        allowed = (field.type,) if isinstance(field.type, type) else (str, type(None))
        if not isinstance(value, allowed):
            names = " or ".join(type_.__name__ for type_ in allowed)
            raise fault(f"interface.{field.name}", f"a value of type {names}", value)


an_interface: Final = kind_of(
    Interface, expected="an Interface", advice="azc.ir.interface_of gives one", inside=_look_inside
)
"""Check of an argument that is an Interface."""


a_signature_like: Final = kind_of(
    Signature,
    Interface,
    advice="make one with azc.Signature(…), azc.load_signature or azc.ir.interface_of",
    inside=lambda value: _look_inside(value) if isinstance(value, Interface) else None,
)
"""Check of an argument that is a Signature or an Interface."""


def interface_of(eval_type: str) -> Interface:
    """Row of an evaluation type; AzcError if there is none of this name."""
    return INTERFACES[_eval_type("eval_type", eval_type)]
