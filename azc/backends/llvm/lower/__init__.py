"""Operations as LLVM code: what each computes, with lanes side by side.

Knows shapes, meanings and a builder; knows no programs, no context, and not who compiles or calls the code.
"""
