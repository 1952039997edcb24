"""Strategies, one file each: who has children, and who dies.

Those of azc are compiled into the loops of `engine/`; a class written in NumPy by anyone else is called from
`numpy_loop.py`, a batch of offspring at a time.
"""

from azc.search.strategies.base import CONNECTED as CONNECTED
from azc.search.strategies.base import EVEN as EVEN
from azc.search.strategies.base import Individuals as Individuals
from azc.search.strategies.base import Strategy as Strategy
from azc.search.strategies.live_evolution import MAX_TRIES as MAX_TRIES
from azc.search.strategies.registry import STRATEGIES as STRATEGIES
from azc.search.strategies.registry import register as register
from azc.search.strategies.registry import strategy_class as strategy_class
from azc.search.strategies.size_bins import SizeBins as SizeBins
