"""Known parts of learning algorithms: a fragment of azl for each, with its name, what it does, and a source.

In a fragment an address that is read and never written stands for any value, a number that Setup gives for
any number, and an address that is read before it is written for one that is carried from step to step. A
number within an instruction stands for itself.
"""

from azc.explain.patterns.fragments import Fragment as Fragment
from azc.explain.patterns.fragments import fragment as fragment
from azc.explain.patterns.fragments import known_fragments as known_fragments
