"""`azc tasks`."""

import json
from collections.abc import Callable

from click.testing import Result

from azc.tasks import ALIASES, MAKERS, parameters

Azc = Callable[..., Result]


def test_every_kind_of_tasks_is_listed_with_its_parameters(azc: Azc) -> None:
    """All kinds are listed with their parameters and aliases, in lines of at most 110 characters."""
    output = azc("tasks").output
    for kind, maker in MAKERS.items():
        assert f"\n{kind}" in f"\n{output}"
        assert all(f"\n  {parameter.name} " in output for parameter in parameters(maker))
    assert all(alias in output for alias in ALIASES)
    assert max(map(len, output.splitlines())) <= 110


def test_kinds_of_tasks_as_json(azc: Azc) -> None:
    """`--json` lists the kinds with parameters; a required one has no default."""
    kinds = {entry["kind"]: entry for entry in json.loads(azc("tasks", "--json").stdout)}
    assert list(kinds) == list(MAKERS)
    assert kinds["linear"]["aliases"] == ["scalar_linear_regression"]
    features = kinds["linear"]["parameters"][0]
    assert (features["name"], features["type"], features["default"]) == ("features", "a whole number", 4)
    path = next(p for p in kinds["table"]["parameters"] if p["name"] == "path")
    assert (path["required"], path["default"]) == (True, None)
