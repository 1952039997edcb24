"""The inner loop of a search: plain functions over arrays that Numba compiles to run without the GIL.

Importing it loads Numba; only a search that runs does. Knows no programs, tasks or parameters as objects.
"""
