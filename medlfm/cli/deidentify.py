"""`medlfm deidentify`: find PHI in text or files and replace it as a policy says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

if TYPE_CHECKING:
    from medlfm.deid import Deidentified, Policy


def command(
    source: Annotated[list[str], typer.Argument(help="Text, .txt and .jsonl files, folders, or - for standard input.")],
    policy: Annotated[str, typer.Option(help="A policy by name, or a .toml file.")] = "safe_harbor",
    lang: Annotated[str | None, typer.Option(help="en or de; found out where not given.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file, or for several sources the folder, to write.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write counts by label, rule and action (no text) here.")] = None,
    field: Annotated[str, typer.Option(help="The field of a .jsonl file that holds the text.")] = "text",
    patient: Annotated[
        str | None, typer.Option(help="Whose text it is: keeps surrogates and date shifts alike.")
    ] = None,
    patient_field: Annotated[str, typer.Option(help="The field of a .jsonl file that says it.")] = "patient_id",
    key_file: Annotated[
        Path | None, typer.Option(help="A file with the key, for surrogates and for the way back (with --json).")
    ] = None,
    model: Annotated[
        bool, typer.Option(help="Join the trained model to the rules; without it faster, and more is missed.")
    ] = True,
    rules: Annotated[
        Path | None, typer.Option(help="A .jsonl file of more rules, such as the names of your wards.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Find protected health information and replace it. Prints the text, or writes to --out."""
    from medlfm.deid import load_policy
    from medlfm.errors import OutputError

    key = _key(key_file)
    run = _Run(load_policy(policy), lang, patient, key, field, patient_field, model, rules)
    texts, files = [], []
    for item in source:
        path = _path(item)
        if path is None:
            texts.append(sys.stdin.read() if item == "-" else item)
        else:
            files += sorted(p for p in path.rglob("*") if p.suffix in (".txt", ".jsonl")) if path.is_dir() else [path]
    if out is None and len(files) + len(texts) > 1:
        raise OutputError("Several sources need a folder to go to.", "Name it: --out FOLDER.")
    for text in texts:
        _deliver(run.text(text), out, json)
    for path in files:
        target = out if out is None or (len(files) == 1 and out.suffix) else out / path.name
        run.file(path, target, json)
    if report:
        from medlfm.files import atomic_write, canonical_json

        with atomic_write(report) as file:
            file.write(canonical_json(run.report()) + "\n")


def _path(item: str) -> Path | None:
    """Return the file or folder that is meant, None for a text; raises RecordError for a mistyped file name."""
    from medlfm.errors import RecordError

    try:
        path = Path(item)
        if len(item) < 1000 and item and path.exists():
            return path
    except (OSError, ValueError):  # a text is no path
        return None
    if path.suffix in (".txt", ".jsonl") and not any(char.isspace() for char in item):
        raise RecordError(f"There is no file {item}.", "Check the name.")
    return None


def _key(path: Path | None) -> bytes | None:
    if path is None:
        return None
    from medlfm.errors import SettingsError

    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"Can't read the key file {path}: {error.strerror}.", "Check the path.") from error


def _deliver(result: Deidentified, out: Path | None, json: bool) -> None:
    """Print a result, or write its text."""
    from medlfm.files import atomic_write, canonical_json

    if out is None:
        if json:
            emit_json(result.to_dict())
        else:
            typer.echo(result.text)
        return
    with atomic_write(out) as file:
        file.write(canonical_json(result.to_dict()) + "\n" if json else result.text)
    console(err=True).print(f"{out}: {len(result.spans)} replaced")


class _Run:
    """One call of the command: its settings, and what was replaced so far."""

    def __init__(
        self,
        policy: Policy,
        lang: str | None,
        patient: str | None,
        key: bytes | None,
        field: str,
        patient_field: str,
        model: bool,
        rules: Path | None,
    ) -> None:
        self.policy, self.lang, self.patient, self.key = policy, lang, patient, key
        self.field, self.patient_field, self.model, self.rules = field, patient_field, model, rules
        self.counts: dict[str, dict[str, int]] = {"labels": {}, "rules": {}, "actions": {}}
        self.texts = 0

    def text(self, text: str, patient: str | None = None) -> Deidentified:
        from medlfm.deid import deidentify

        result = deidentify(
            text,
            self.lang,
            self.policy,
            patient=self.patient or patient,
            key=self.key,
            model=self.model,
            rules=self.rules,
        )
        self.texts += 1
        for span in result.spans:
            for kind, name in (("labels", span.label), ("rules", span.rule), ("actions", span.action)):
                self.counts[kind][name] = self.counts[kind].get(name, 0) + 1
        return result

    def file(self, path: Path, out: Path | None, json: bool) -> None:
        """Read one file and deliver it; raises RecordError for one that isn't UTF-8 text or JSON lines."""
        from medlfm.errors import RecordError

        try:
            content = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise RecordError(f"{path} is not UTF-8 text.", "Convert it first.") from error
        if path.suffix != ".jsonl":
            _deliver(self.text(content), out, json)
            return
        rows = [self._row(line, f"{path}, line {n}") for n, line in enumerate(content.split("\n"), 1) if line.strip()]
        self._write_rows(rows, out)

    def _row(self, line: str, where: str) -> dict[str, Any]:
        from json import JSONDecodeError, loads

        from medlfm.errors import RecordError

        try:
            row = loads(line)
        except JSONDecodeError as error:
            raise RecordError(f"{where} is no JSON: {error.msg}.", "One record a line.") from None
        if not isinstance(row, dict) or not isinstance(row.get(self.field), str):
            raise RecordError(f"{where} has no text in the field {self.field!r}.", "Name the field: --field.")
        patient = row.get(self.patient_field)
        result = self.text(row[self.field], str(patient) if patient is not None else None)
        # the other fields may hold anything about the patient: only the record's id goes along
        return {key: row[key] for key in ("id", "lang") if key in row} | {self.field: result.text}

    def _write_rows(self, rows: list[dict[str, Any]], out: Path | None) -> None:
        from medlfm.files import atomic_write, canonical_json

        lines = "".join(canonical_json(row) + "\n" for row in rows)
        if out is None:
            typer.echo(lines, nl=False)
            return
        with atomic_write(out) as file:
            file.write(lines)
        console(err=True).print(f"{out}: {len(rows)} records")

    def report(self) -> dict[str, Any]:
        return {"policy": self.policy.name, "texts": self.texts, **self.counts}
