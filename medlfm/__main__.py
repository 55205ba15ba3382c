"""`python -m medlfm` works like `medlfm`."""

from medlfm.cli import app

app()
