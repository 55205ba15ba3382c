"""`medlfm deidentify`: find PHI in text or files and replace it as a policy says."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

if TYPE_CHECKING:
    from medlfm.deid import Deidentified, FilesResult
    from medlfm.deid.process import Options

_NAMED = 20  # files named of those left out


def command(
    source: Annotated[list[str], typer.Argument(help="Text, files, folders, or - for standard input.")],
    policy: Annotated[str, typer.Option(help="A policy by name, or a .toml file.")] = "safe_harbor",
    lang: Annotated[str | None, typer.Option(help="en or de; found out where not given.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file, or for several sources the folder, to write.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write counts by label, rule and action (no text) here.")] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write both texts side by side here, up to 100 documents. Contains PHI.")
    ] = None,
    replacements: Annotated[
        Path | None, typer.Option(help="Write a line for each replacement here: offsets, label, rule, action; no text.")
    ] = None,
    field: Annotated[
        str | None, typer.Option(help="The column that must hold text; without it any. All columns are searched.")
    ] = None,
    keep: Annotated[list[str] | None, typer.Option(help="A column that goes along untouched, e.g. id.")] = None,
    patient: Annotated[
        str | None, typer.Option(help="Whose text it is: keeps surrogates and date shifts alike.")
    ] = None,
    patient_field: Annotated[str, typer.Option(help="The column that says it.")] = "patient_id",
    key_file: Annotated[
        Path | None, typer.Option(help="A file with the key, for surrogates and for the way back (with --json).")
    ] = None,
    model: Annotated[
        bool, typer.Option(help="Join the trained model to the rules; without it faster, and more is missed.")
    ] = True,
    rules: Annotated[
        Path | None, typer.Option(help="A .jsonl file of more rules, such as the names of your wards.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="Of the files, e.g. cp1252; empty: UTF-8.")] = "",
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    number_files: Annotated[
        bool, typer.Option("--number-files", help="Name the files written by number: names may be patients'.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first broken record.")] = False,
    json: JsonFlag = False,
) -> None:
    """Find protected health information and replace it. Prints the text, or writes to --out.

    Reads text, JSON, JSONL, CSV, Parquet, FHIR, HL7 v2, CDA, DOCX, HTML and PDF (of which it writes the text); each
    keeps its format. Columns and fields that name somebody are replaced for what they are, everything else is
    searched. A killed run goes on where it stopped when the same command is run again.
    """
    from medlfm.deid import load_policy
    from medlfm.deid.process import Options
    from medlfm.errors import OutputError, SettingsError
    from medlfm.settings import LANGUAGES

    if lang and lang not in LANGUAGES:
        raise SettingsError(
            f"--lang is {lang!r}; allowed: {', '.join(LANGUAGES)}.", "Leave it out to have it detected."
        )
    options = Options(
        policy=load_policy(policy),
        lang=lang or "",
        key=_key(key_file),
        patient=patient or "",
        model=model,
        rules=str(rules) if rules else None,
        encoding=encoding,
        text_field=field or "",
        patient_field=patient_field,
        keep=tuple(keep or ()),
        log=replacements is not None,
    )
    paths = [(_path(item), item) for item in source]
    texts = [sys.stdin.read() if item == "-" else item for path, item in paths if path is None]
    files = [path for path, _ in paths if path is not None]
    if out is None and len(source) > 1:
        raise OutputError("Several sources need a folder to go to.", "Name it: --out FOLDER.")
    if texts and (files or len(texts) > 1) and out is not None:
        raise OutputError("A text and other sources can't go to one place.", "Run the command once for each.")
    if texts:
        result = _text(texts[0], options)
        _deliver(result, out, json)
        counted: dict[str, Any] = _counts(result)
    elif json and len(files) == 1 and files[0].suffix == ".txt" and not html and not replacements:
        counted = _reversible(files[0], options, out)
    else:
        run = {"html": html, "log": replacements, "number_files": number_files, "strict": strict, "workers": workers}
        counted = _files(files, out, options, run, json=json)
    if report:
        from medlfm.files import atomic_write, canonical_json

        with atomic_write(report) as file:
            file.write(canonical_json(counted) + "\n")


def _path(item: str) -> Path | None:
    """Return the file or folder that is meant, None for a text; raises RecordError for a mistyped file name."""
    from medlfm.errors import RecordError
    from medlfm.records.documents.items import kind_of

    try:
        path = Path(item)
        if len(item) < 1000 and item and path.exists():
            return path
    except (OSError, ValueError):  # a text is no path
        return None
    if kind_of(path) and not any(char.isspace() for char in item):
        raise RecordError(f"There is no file {item}.", "Check the name.")
    return None


def _key(path: Path | None) -> bytes | None:
    if path is None:
        return None
    from medlfm.deid.vault import key_bytes
    from medlfm.errors import SettingsError

    try:
        return key_bytes(path.read_bytes().strip())
    except OSError as error:
        raise SettingsError(f"Can't read the key file {path}: {error.strerror}.", "Check the path.") from error


# ---- one text, with the way back


def _text(text: str, options: Options) -> Deidentified:
    from medlfm.deid import deidentify

    return deidentify(
        text,
        options.lang or None,
        options.policy,
        patient=options.patient or None,
        key=options.key,
        model=options.model,
        rules=options.rules,
    )


def _reversible(path: Path, options: Options, out: Path | None) -> dict[str, Any]:
    from medlfm.errors import RecordError

    try:
        text = path.read_bytes().decode(options.encoding or "utf-8-sig")
    except (UnicodeDecodeError, LookupError) as error:
        raise RecordError(f"{path} is not UTF-8 text.", "Name its encoding, e.g. --encoding cp1252.") from error
    result = _text(text, options)
    _deliver(result, out / path.name if out and out.is_dir() else out, json=True)
    return _counts(result)


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
    console(err=True).print(f"{out}: {len(result.spans)} replaced", soft_wrap=True)


def _counts(result: Deidentified) -> dict[str, Any]:
    counts: dict[str, dict[str, int]] = {"labels": {}, "rules": {}, "actions": {}}
    for span in result.spans:
        for kind, name in (("labels", span.label), ("rules", span.rule), ("actions", span.action)):
            counts[kind][name] = counts[kind].get(name, 0) + 1
    return {"policy": result.policy, "texts": 1, **counts}


# ---- files


def _files(files: list[Path], out: Path | None, options: Options, run: dict[str, Any], *, json: bool) -> dict[str, Any]:
    if out is not None:
        result = _run(files, out, options, run)
        if json:
            emit_json(result.to_dict())
        else:
            _print(result)
        return result.to_dict()
    from medlfm.errors import OutputError
    from medlfm.records.documents.items import kind_of

    path = files[0]
    if path.is_dir() or kind_of(path) in ("docx", "parquet") or path.suffix == ".gz":
        raise OutputError(f"What becomes of {path} can't be printed.", "Name a place for it: --out.")
    with tempfile.TemporaryDirectory(prefix="medlfm-") as folder:
        target = Path(folder) / f"out{path.suffix}"
        result = _run(files, target, options, run)
        if json:
            emit_json(result.to_dict())
        else:
            typer.echo(target.read_bytes().decode(options.encoding or "utf-8"), nl=False)
    _print_rejects(result)
    return result.to_dict()


def _run(files: list[Path], out: Path, options: Options, run: dict[str, Any]) -> FilesResult:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from medlfm.deid import deidentify_files
    from medlfm.settings import load_settings

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(err=True), transient=True) as bar:
        task = bar.add_task("de-identifying", total=None)

        def progress(done: int, total: int, unit: str) -> None:
            bar.update(task, description=unit, completed=done, total=total or None)

        return deidentify_files(files, out, options, settings=load_settings(), progress=progress, **run)


def _print(result: FilesResult) -> None:
    """Print what was replaced, on standard error: standard output is for results."""
    from rich.table import Table

    out = console(err=True)
    data = result.to_dict()
    documents = sum(data["documents"].values())
    table = Table("label", "replaced", title=f"{documents} documents, policy {result.policy}", title_justify="left")
    for label, count in sorted(data["labels"].items(), key=lambda item: -item[1]):
        table.add_row(label, str(count))
    out.print(table)
    if result.resumed:
        out.print("Went on where an earlier run had stopped.")
    if data["removed"]:
        removed = ", ".join(f"{count} {name}" for name, count in data["removed"].items())
        out.print(f"Left out, since they can't be searched: {removed}", style="yellow")
    if result.renamed:
        out.print(f"{result.renamed} files got a number for a name.", style="yellow")
    _print_rejects(result)


def _print_rejects(result: FilesResult) -> None:
    from medlfm.deid.reasons import in_words

    out = console(err=True)
    if result.unknown:
        out.print(f"{len(result.unknown)} of no known format and left out:", style="yellow")
    for path in result.unknown[:_NAMED]:
        out.print(f"  {path}", soft_wrap=True, markup=False)
    if result.rejected:
        out.print(f"{result.rejected} rejected and not written:", style="yellow")
    for path, line, reason in result.rejects[:_NAMED]:
        where = f"{path}, line {line}" if line > 1 else str(path)
        out.print(f"  {where}: {in_words(reason)}", soft_wrap=True, markup=False)
