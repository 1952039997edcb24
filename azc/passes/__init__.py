"""Program in, better program out, not one bit of a result changed; knows no text, no machines, no tasks."""

from azc.passes.dead_code import dead_code, liveness

__all__ = ["dead_code", "liveness"]
