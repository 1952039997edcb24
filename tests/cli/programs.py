"""The program that the tests of the command line run."""

LINEAR = """\
def Setup():
  s2 = 0.01

def Predict():
  s1 = dot(v0, v1)

def Learn():
  s3 = s0 - s1
  s4 = s3 * s2
  v2 = s4 * v0
  v1 = v1 + v2
"""
