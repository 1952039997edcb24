"""Configurations of the experiments of `azc paper`, packaged as azc.examples_paper."""
