"""Put trained adapters into the plugin packages: `python -m benchmarks.ship_experts HOME`, a home that trained them.

Copies the newest adapter of the core and of each expert from `HOME/experts/<id>/<base>` to `plugins/`, where it is what
an installation brings. Checks each first as loading does; what was not shown to help travels too, and says so.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import ROOT
from medlfm.experts.adapters import CARD, CONFIG, RECORD, WEIGHTS, check_files, read_record
from medlfm.files import sha256_file

__all__ = ["main", "ship"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ship_experts", description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--base", default="smollm2-135m")
    chosen = parser.parse_args(arguments)
    core = ship(chosen.home / "experts" / "core" / chosen.base, "core", "")
    for folder in sorted((chosen.home / "experts").glob(f"*/{chosen.base}")):
        if folder.parent.name != "core":
            ship(folder, folder.parent.name, core)
    return 0


def ship(folder: Path, expert: str, core_sha256: str, plugins: Path = ROOT / "plugins") -> str:
    """Copy one adapter into its plugin, and return the hash of its weights; raises ExpertError for a damaged one."""
    check_files(folder, read_record(folder)["base_fingerprint"], core_sha256)
    target = plugins / f"medlfm-{expert.replace('_', '-')}" / f"medlfm_{expert}" / "adapters" / folder.name
    target.mkdir(parents=True, exist_ok=True)
    for name in (CONFIG, WEIGHTS, RECORD, CARD):
        shutil.copy(folder / name, target / name)
    print(f"{expert}: {sum(path.stat().st_size for path in target.iterdir()) / 1e6:.2f} MB", flush=True)
    return sha256_file(target / WEIGHTS)


if __name__ == "__main__":
    sys.exit(main())
