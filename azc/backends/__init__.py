"""Backends, which make programs run: as Python bytecode over NumPy, or as machine code.

Knows programs and what they mean; nothing of tasks, fitness or search.
"""
