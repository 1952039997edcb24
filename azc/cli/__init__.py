"""The command line: words in, words out.

Knows what each command is called and how its answer is shown; what is computed is known below.
"""

from azc.cli.app import main

__all__ = ["main"]
