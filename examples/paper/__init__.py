"""Configurations of the studies of `azc paper`, packaged as azc.examples_paper."""
