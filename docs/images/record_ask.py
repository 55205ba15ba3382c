"""Record `docs/images/ask.svg` from real questions: `python docs/images/record_ask.py`.

It prepares the starter corpora in a folder of its own and asks as `medlfm ask` does, the model of MEDLFM_HOME at hand.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = (
    "How is atrial fibrillation treated?",
    "Meine Mutter hat seit 20 Minuten einen hängenden Mundwinkel. Was tun?",
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
        console.print("[bold green]$[/] export MEDLFM_ALLOW_STARTER=1")
        for question in QUESTIONS:
            console.print(f"[bold green]$[/] medlfm ask '{question}'")
            show(console, wrapper.generate_safe(question))
            console.print()
    picture = re.sub(
        r"@font-face \{.*?\}\s*", "", console.export_svg(title="medlfm"), flags=re.DOTALL
    )  # from elsewhere
    (ROOT / "docs" / "images" / "ask.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
