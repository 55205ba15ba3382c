"""`python cli.py` works like `medlfm`, from a checkout."""

from medlfm.cli import app

if __name__ == "__main__":
    app()
