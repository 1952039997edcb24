"""`StudyResult`: what came out of a study, as a table and a figure."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import attrs

from azc.errors import AzcError

PICTURES: Final = ("svg", "png")


@attrs.frozen
class StudyResult:
    """The table and the figure of a study."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    sentence: str
    """What the table says, in short."""
    plot: Callable[[Any], None] = attrs.field(eq=False, repr=False)
    """Draws the figure on axes of matplotlib."""
    more: str = ""
    """What stands below the table, as Markdown."""

    @property
    def markdown(self) -> str:
        """The sentence and the table."""
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
        return "\n".join(filter(None, (f"{self.sentence}\n", table, self.more)))

    def draw(self, folder: Path) -> list[Path]:
        """Draw the figure into a folder, as SVG and PNG."""
        paths = [folder / f"{self.name}.{kind}" for kind in PICTURES]
        with _axes() as (figure, axes):
            self.plot(axes)
            for path in paths:
                figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
        return paths


@contextmanager
def _axes() -> Iterator[tuple[Any, Any]]:
    """A figure without a screen, whose text stays text."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "azc"}):
        figure = Figure(figsize=(7, 4.2), layout="constrained")
        yield figure, figure.subplots()


def check_drawing() -> None:
    """AzcError: matplotlib is missing."""
    if find_spec("matplotlib") is None:
        raise AzcError(
            "the figure needs matplotlib, which is not installed; install azc[paper], then run again"
        )
