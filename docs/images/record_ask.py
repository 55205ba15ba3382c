"""Record `docs/images/ask.svg` from real questions: `python docs/images/record_ask.py`.

It prepares the starter corpora in a folder of its own and asks as `medlfm ask` does, the model of MEDLFM_HOME at hand.
"""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = (
    "How is atrial fibrillation treated?",
    "Mein Vater hat seit 20 Minuten starke Brustschmerzen und schwitzt. Was tun?",
)


def main() -> None:
    """Ask, and write the picture beside this file."""
    from medlfm.ask import add_evidence, open_wrapper
    from medlfm.cli._answers import show
    from medlfm.prepare import prepare
    from medlfm.settings import home_folder, load_settings

    models = home_folder() / "models"
    console = Console(record=True, width=96, file=io.StringIO(), highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        if models.is_dir():
            (home / "models").symlink_to(models)
        os.environ["MEDLFM_HOME"] = str(home)
        settings = load_settings(home=home, allow_starter=True)
        add_evidence([prepare(ROOT / "corpora" / "starter-qa", Path(folder) / "run").folder], settings=settings)
        wrapper, _ = open_wrapper(settings)
        for question in QUESTIONS:
            console.print(f"[bold green]$[/] medlfm ask '{question}'")
            show(console, wrapper.generate_safe(question))
            console.print()
    console.save_svg(str(ROOT / "docs" / "images" / "ask.svg"), title="medlfm")


if __name__ == "__main__":
    main()
