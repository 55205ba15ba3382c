"""Draw `docs/images/pathways.svg`: `python docs/images/draw_pathways.py`."""

from __future__ import annotations

from html import escape
from pathlib import Path

PATHWAYS = {
    "prepare": [
        "records:\nnotes, Q&A,\nmedications",
        "PHI found\nand replaced",
        "abbreviations\nwritten out,\ntext cleaned",
        "emergencies,\nurgency,\nspecialty",
        "duplicates out,\nsplit by patient\nand topic",
        "rows, manifest,\nreport",
    ],
    "train": [
        "prepared rows\n+ expert plugin",
        "licence, source,\nPHI: checked\nonce more",
        "LoRA on the\nfrozen base",
        "held-out loss:\nbase, expert,\ncontrol",
        "adapter + card\n(safetensors)",
    ],
    "ask": [
        "question,\npatient facts",
        "emergency?\nsaid first;\nPHI masked",
        "gate,\nexperts",
        "evidence,\ndraft",
        "support, doses,\ninteractions",
        "status, why,\nevidence",
    ],
}
_WIDTH, _HEIGHT, _GAP, _LEFT, _ROW = 138, 76, 16, 84, 112


def draw() -> str:
    """Return the picture: a row of boxes for each pathway, all of them on the audit trail."""
    columns = max(map(len, PATHWAYS.values()))
    width, height = _LEFT + columns * (_WIDTH + _GAP) + 8, 3 * _ROW + 64
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
        ' font-family="sans-serif" font-size="15">',
        "<style>rect{fill:#e6f4f1;stroke:#00796b}text{fill:#222}.name{font-weight:bold;fill:#00796b;font-size:18px}"
        ".audit{fill:#f3f3f3;stroke:#888}path{stroke:#00796b;fill:none;marker-end:url(#tip)}</style>",
        '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="6" refY="3" orient="auto">'
        '<polygon points="0 0,7 3,0 6" fill="#00796b"/></marker></defs>',
        f'<rect width="{width}" height="{height}" style="fill:#fff;stroke:none"/>',
    ]
    for row, (name, steps) in enumerate(PATHWAYS.items()):
        top = 16 + row * _ROW
        parts.append(f'<text class="name" x="8" y="{top + _HEIGHT / 2 + 5}">{name}</text>')
        for column, step in enumerate(steps):
            left = _LEFT + column * (_WIDTH + _GAP)
            parts.append(f'<rect x="{left}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>')
            lines = step.split("\n")
            for number, line in enumerate(lines):
                y = top + _HEIGHT / 2 + 5 + 19 * (number - (len(lines) - 1) / 2)
                parts.append(f'<text x="{left + _WIDTH / 2}" y="{y}" text-anchor="middle">{escape(line)}</text>')
            if column:
                parts.append(f'<path d="M{left - _GAP} {top + _HEIGHT / 2}H{left - 2}"/>')
    y = 3 * _ROW + 8
    parts.append(f'<rect class="audit" x="{_LEFT}" y="{y}" width="{width - _LEFT - 26}" height="36" rx="6"/>')
    words = "audit trail: every operation, hashes and decisions, no patient text"
    parts.append(f'<text x="{(_LEFT + width - 26) / 2}" y="{y + 23}" text-anchor="middle">{words}</text>')
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    (Path(__file__).parent / "pathways.svg").write_text(draw(), encoding="utf-8")
