"""Command line: commands and their options.

Knows the names of commands and how results are shown; other rooms compute them.
"""

from azc.cli.app import main

__all__ = ["main"]
