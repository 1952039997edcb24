"""Novelty search (Lehman and Stanley 2011) as a strategy of one's own, in NumPy.

Parents are those whose fitnesses on the search tasks differ most from all that came before; how good they are
does not count. The search returns the best program that it happened to meet.
"""

from typing import ClassVar

import attrs
import numpy as np

from azc.search import Strategy, register
from azc.settings import setting, whole


@register
@attrs.frozen(kw_only=True)
class NoveltySearch(Strategy):
    """Parents far from their nearest neighbours, in the population and in an archive."""

    neighbours: int = setting("neighbours to which distances are averaged", whole(1, 1000), 15)
    archive_size: int = setting("children that are remembered", whole(1, 100_000), 500)

    name: ClassVar = "novelty_search"

    def memory(self, n_tasks):
        """An archive of scores, a row for each remembered child."""
        return [("archive", "f8", (self.archive_size, n_tasks)), ("written", "i8")]

    def _novelty(self, scores, known):
        distances = np.linalg.norm(scores[:, None] - known[None], axis=2)
        return np.sort(distances, axis=1)[:, : self.neighbours + 1].mean(axis=1)

    def select(self, population, memory, count, random):
        """Winners of tournaments by novelty."""
        seen = memory["archive"][: min(memory["written"], self.archive_size)]
        novelty = self._novelty(population.scores, np.concatenate([population.scores, seen]))
        drawn = random.integers(len(novelty), size=(count, self.tournament_size))
        return drawn[np.arange(count), novelty[drawn].argmax(axis=1)]

    def survive(self, population, children, memory, random):
        """Remember some of the children; all of them replace the oldest."""
        kept = children.scores[:: self.tournament_size]
        memory["archive"][(memory["written"] + np.arange(len(kept))) % self.archive_size] = kept
        memory["written"] += len(kept)
        return super().survive(population, children, memory, random)
