"""Programs as machine code: kernels and the tapes that thread them, or native code.

Makes, caches and frees machine code, and defines its arguments; uses `lower`. Knows no examples, errors or
fitness.
"""
