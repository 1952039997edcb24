"""The readable reference: a program as a Python module over NumPy that stands alone.

Knows what instructions mean only through the definitions of `azc.ir`, which it prints into the module.
"""

from azc.backends.python.module import compile_module, disassembly, load_module, source
from azc.backends.python.module import functions_of as functions_of

__all__ = ["compile_module", "disassembly", "load_module", "source"]
