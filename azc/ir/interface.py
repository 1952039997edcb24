"""How a program meets its data: a row an evaluation type. All that depends on it reads it here."""

from typing import Final

import attrs

from azc.arguments import fault, kind_of, one_of
from azc.ir.program import Address, address


@attrs.frozen
class Interface:
    """Where features, label and prediction live, what follows Predict, and what counts as loss.

    `follow`, `error` and `loss` name functions of `semantics.py` and their lowerings.
    """

    name: str
    features: Address
    label: Address
    prediction: Address
    follow: str | None
    """What replaces the prediction in memory after Predict in training, if anything does."""
    train_error: str
    """The error of a training example, from label and prediction in memory."""
    valid_error: str
    """The error of a validation example, from label and prediction in memory; its square is the loss."""
    valid_stops: bool
    """Whether a validation error that is nan or too great stops validation."""
    fitness: str
    """Fitness from the sum of the squares of these and the number of validation examples."""
    classes: bool = False
    """Whether labels are class numbers below the task's `n_classes`."""
    binary: bool = False
    """Whether labels are 0 and 1."""

    @property
    def overwritten(self) -> tuple[Address, Address]:
        """What is put in before Predict and again before Learn: the features and the label."""
        return (self.features, self.label)

    @property
    def addresses(self) -> tuple[Address, Address, Address]:
        """Features, label and prediction."""
        return (self.features, self.label, self.prediction)


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
        allowed = field.type if isinstance(field.type, type) else (str, type(None))
        if not isinstance(value, allowed):
            raise fault(f"interface.{field.name}", f"of the type {field.type}", value)


an_interface: Final = kind_of(
    Interface, expected="an Interface", advice="azc.ir.interface_of gives one", inside=_look_inside
)
"""A check of arguments."""


def interface_of(eval_type: str) -> Interface:
    """The row of an evaluation type, by name."""
    return INTERFACES[_eval_type("eval_type", eval_type)]
