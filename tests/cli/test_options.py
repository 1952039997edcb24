"""Options with declared settings: bounds, words, help and defaults are those of the declaration."""

from collections.abc import Callable, Iterator

import click
import pytest
from click.shell_completion import CompletionItem
from click.testing import Result

from azc.cli import main
from azc.cli.options import DeclaredOption, DeclaredType, declared
from azc.cli.run_options import _LIMITS
from azc.search import LIMITS

Azc = Callable[..., Result]


def options() -> Iterator[tuple[str, DeclaredOption]]:
    """All declared options, with their commands."""
    for name, command in main.commands.items():
        yield from ((name, option) for option in command.params if isinstance(option, DeclaredOption))


OPTIONS = list(options())
NAMES = [f"{name} {option.opts[0]}" for name, option in OPTIONS]


@pytest.mark.parametrize(("command", "option"), OPTIONS, ids=NAMES)
def test_help_says_what_is_declared(azc: Azc, command: str, option: DeclaredOption) -> None:
    """Help has the declared meaning, and the words or bounds."""
    output = " ".join(azc(command, "--help").output.split())
    key = declared(option.path)
    assert (option.means or key.help)[1:] in output
    assert (f"[{'|'.join(key.check.words)}]" if key.check.words else f"[{key.check.expected}]") in output


@pytest.mark.parametrize(("command", "option"), OPTIONS, ids=NAMES)
def test_a_wrong_value_is_an_error_as_in_a_configuration(
    azc: Azc, command: str, option: DeclaredOption
) -> None:
    """A wrong value gives the configuration's message, with expected and given value, and exit code 2."""
    output = azc(command, "x", option.opts[0], "-0.5x", code=2).stderr
    expected = declared(option.path).check.expected
    assert f"Invalid value for '{option.opts[0]}'" in output
    assert f"expected {expected}, but it is '-0.5x'" in " ".join(output.split())


def test_bounds_are_those_of_the_declaration() -> None:
    """The least and the greatest value are accepted, values beyond them refused."""
    seed = DeclaredType("search.seed")
    assert [seed.convert(text, None, None) for text in ("0", "18446744073709551615")] == [0, 2**64 - 1]
    for text in ("-1", "18446744073709551616", "1.5", "nan", ""):
        with pytest.raises(click.BadParameter, match="expected a whole number from 0 to"):
            seed.convert(text, None, None)
    assert DeclaredType("search.max_seconds").convert("inf", None, None) == float("inf")


def test_words_are_completed() -> None:
    """Shell completion offers the declared words."""
    option = next(option for _, option in OPTIONS if option.name == "precision")
    context = click.Context(main)
    found: list[CompletionItem] = DeclaredType("request.precision").shell_complete(context, option, "float3")
    assert [item.value for item in found] == ["float32"]


def test_every_limit_of_a_run_is_an_option() -> None:
    """All limits of `[search]` are options of a run."""
    assert set(_LIMITS) == set(LIMITS)
