"""From a program to something that runs: Python bytecode over NumPy, or machine code.

Knows programs and what they mean; nothing of tasks, fitness or search.
"""
