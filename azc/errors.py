"""The errors that azc raises: every one says where, what was expected, what came and what to do."""


class AzcError(Exception):
    """The base of all errors that azc raises on bad input; its text is meant for the person at fault."""
