"""Changes: what is different in one program from another, in words."""

from collections.abc import Iterator

from azc.explain.explanation import Explanation
from azc.explain.sentence import OWN_RULE, Traits


def changes(before: Explanation, after: Explanation) -> list[str]:
    """What a program has become, piece by piece; empty if it is of the same kind with the same rates."""
    found = [*_of_traits(before.traits, after.traits)]
    earlier, now = ({part.fragment.name: None for part in one.parts} for one in (before, after))
    # Momentum is told with its number where it is part of a known rule.
    told = {text.partition(" ")[0] for one in (before, after) for text in one.traits.more}
    found += [f"adds {_with_article(name)}" for name in now if name not in earlier and name not in told]
    found += [f"drops the {name}" for name in earlier if name not in now and name not in told]
    return found


def _of_traits(before: Traits, after: Traits) -> Iterator[str]:
    if before.model != after.model:
        yield f"becomes {after.model[:1].lower()}{after.model[1:]}"
    if before.bias != after.bias:
        yield "adds a bias" if len(after.bias) > len(before.bias) else "drops a bias"
    if before.training != after.training and after.training:
        yield f"is {after.training}" if after.training.startswith("trained") else _rule(after.training)
    if before.rates != after.rates and after.rates:
        yield after.rates if not before.rates else f"{after.rates} instead of {before.rates}"
    earlier, now = ({text.partition(" ")[0]: text for text in one.more} for one in (before, after))
    for word, text in now.items():
        if earlier.get(word) != text:
            yield text if word in ("with", "one") else f"adds {text}"
    for word, text in earlier.items():
        if word not in now:
            yield f"no longer {text}"


def _rule(training: str) -> str:
    """What is said of learning that is no training by a known rule."""
    return "learns by a rule of its own" if training == OWN_RULE else training.removeprefix("that ")


def _with_article(name: str) -> str:
    plain = ("momentum", "softmax", "relu", "normalisation", "injected noise", "rate decay")
    return name if name in plain else f"a {name}"
