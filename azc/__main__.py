"""`python -m azc` is `azc`."""

from azc.cli import main

main()
