"""The command line: words in, words out.

Knows the names of commands and how results are shown; other rooms compute them.
"""

from azc.cli.app import main

__all__ = ["main"]
