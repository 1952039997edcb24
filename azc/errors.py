"""What azc raises: errors that say where, what was expected, what came and what to do; and a warning."""


class AzcError(Exception):
    """The base of all errors that azc raises on bad input; its text is meant for the person at fault."""


class CacheWarning(UserWarning):
    """Nothing can be kept in the cache folder: everything works, but is made again at every start."""
