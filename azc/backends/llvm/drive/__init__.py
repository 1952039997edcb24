"""Evaluations: drivers that train and validate a program, and the blocks of tasks on which they run.

Uses `code` and `lower`; knows no tasks, and of a program no more than its tapes and what Predict reads.
"""
