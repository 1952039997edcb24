"""Inner loop of a search: plain functions over arrays, which Numba compiles to run without the GIL.

Importing it loads Numba, so only a running search does. Knows no programs, tasks or parameters as objects.
"""
