"""stub"""
import click
@click.command()
def evolve() -> None:
    """Stub."""
