"""Display of a running search on standard error: lines now and then, or a dashboard on a terminal.

`watchers` receive the events of a run. They write lines (`progress`), or keep a `dashboard`, whose `panels`
draw a `curve` and the best program in colours (`highlight`).
"""

from azc.cli.display.watchers import watching

__all__ = ["watching"]
