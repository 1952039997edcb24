"""Errors and warnings of azc.

Bad input of any kind raises an AzcError. Its text says where, what was expected, what came and what to do,
and needs no traceback. Some errors have a class of their own, so that callers can tell them apart:

- `azc.AzcError`: base of all of them; catching it catches everything that a user can mend
- `azc.language.AzlError`: a text is not a program; `problems` lists all its problems, by line and column
- `azc.problems.SettingsError`: a configuration or request is wrong; `problems` lists all its problems, by key
- `azc.memory.MemoryLimitError`: a program on its tasks needs more memory than azc may use
- `azc.cli.serve.answers.ElementError`: a program names an element that the features of a task do not have

Anything else that azc raises is a fault of azc, except KeyboardInterrupt and errors of the caller's own
code.
"""

# The lowest module: it imports nothing.


class AzcError(Exception):
    """Bad input: base of all errors that azc raises on purpose.

    `str(error)` is for people: one or a few lines, to be shown as they are. If several things are wrong it
    lists them all, up to a hundred.
    """


class CacheWarning(UserWarning):
    """Warning that the cache folder cannot be used, because of its owner, its mode or a full disk.

    Everything works without it; what would have been cached is made again at every start.
    """
