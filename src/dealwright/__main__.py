"""`python -m dealwright` is the command `dealwright`."""

from dealwright.cli.main import run

if __name__ == "__main__":
    run()
