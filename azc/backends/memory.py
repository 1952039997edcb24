"""Whether memory for a program fits into this machine."""

import os
from typing import Final

from azc.errors import AzcError

SHARE: Final = 0.8
"""How much of the machine's memory a program may take."""


def check_fits(needed: int, features: int) -> None:
    """Raise an error if so many bytes do not fit."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > SHARE * there:
        raise AzcError(
            f"the program's memory at {features} features takes {needed / 2**30:.1f} GiB "
            f"and this machine has {there / 2**30:.1f} GiB; "
            "use fewer features or matrix addresses, or precision float32"
        )
