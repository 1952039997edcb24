"""Tokens of azl and strings that are nearly tokens, for texts that may be wrong."""

from hypothesis import strategies as st

PIECES = st.sampled_from(
    [
        *("s1", "v2", "m0", "s64", "s1é", "def", "Setup", "Predict", "Learn", "pass", "NoOp", "n_features"),
        *("gaussian", "uniform", "gauss", "dot", "norm", "bcast", "heaviside", "sin", "axis", "draw"),
        *("1", "-1", "0.5", "1.", ".5", "1e5", "1_0", "1__0", "inf", "nan", "0x1", "9" * 20, "1e999", "٣"),
        *"()[],:=+-*/#;@\\ \n\r\t\0\f\v\x85\u2028\ud800\ufeff−×界",
        *("\r\n", ":=", "**"),
    ]
)
