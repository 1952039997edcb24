"""Errors and warnings of azc.

Bad input of any kind raises an AzcError. Its text says where, what was expected, what came and what to do,
and needs no traceback. Some have a class of their own, for who wants to tell them apart:

- `azc.AzcError`: the base of all; who catches it has caught whatever a user can mend
- `azc.language.AzlError`: a text is no program; `problems` has all that is wrong with it, by line and column
- `azc.settings.SettingsError`: a configuration or request is wrong; `problems` has them all, by key
- `azc.memory.MemoryLimitError`: a program on its tasks needs more memory than azc may use
- `azc.cli.evaluator_pool.ElementError`: a program names an element that the features of a task do not have

Anything else that azc raises is a fault of azc, but for KeyboardInterrupt and what a caller's own code
raises.
"""

# Below every room: it imports nothing.


class AzcError(Exception):
    """Bad input: the base of all errors that azc raises on purpose.

    `str(error)` is meant for the person who can mend it: one or a few lines, which may be shown as they are.
    Where several things are wrong, it lists them all, up to a hundred.
    """


class CacheWarning(UserWarning):
    """Nothing can be kept in the cache folder, because of its owner, its mode or a full disk.

    All works without it; what would have been kept is made again at every start.
    """
