"""Programs as machine code: kernels and the tapes that thread them, or native code.

Makes, keeps and frees that code, and says what it is called with; uses `lower`. Knows no examples, errors or
fitness.
"""
