"""The command `azc`, and `python -m azc`."""

import signal
import sys

from azc.signals import ctrl_c_postponed


def start() -> None:
    """Run the command line, from the first moment on without a traceback after Ctrl-C."""
    try:
        with ctrl_c_postponed():
            from azc.cli import main

            try:
                main()
            finally:
                # Only Python's own shutdown is left.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    start()
