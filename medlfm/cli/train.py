"""`medlfm train`: make an expert's adapter from prepared rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

if TYPE_CHECKING:
    from medlfm.train import TrainResult


def command(
    data: Annotated[Path, typer.Option(help="Folder that `medlfm prepare` wrote.")],
    expert: Annotated[str, typer.Option(help="Id of an installed expert, all, or core.")],
    base: Annotated[str, typer.Option(help="Base model: short name, Hugging Face id or folder.")] = "",
    num_medical_experts: Annotated[int, typer.Option(help="Experts to serve with; recorded.")] = 12,
    enable_safety_checks: Annotated[
        bool, typer.Option("--enable-safety-checks/--disable-safety-checks", help="Serve with safety checks; recorded.")
    ] = True,
    confidence_threshold: Annotated[float, typer.Option(help="Serve with this threshold; recorded.")] = 0.85,
    rank: Annotated[int, typer.Option(help="Rank of the LoRA matrices.")] = 8,
    targets: Annotated[str, typer.Option(help="all linear layers, or those of the attention.")] = "all",
    learning_rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 5e-4,
    epochs: Annotated[float, typer.Option(help="Passes over the training rows.")] = 2.0,
    batch_size: Annotated[int, typer.Option(help="Rows a step.")] = 4,
    max_length: Annotated[int, typer.Option(help="Tokens a row; longer answers are cut.")] = 384,
    max_steps: Annotated[int, typer.Option(help="Stop after so many steps; 0: no limit.")] = 0,
    max_minutes: Annotated[float, typer.Option(help="Stop training after so many minutes; 0: no limit.")] = 0.0,
    eval_every: Annotated[int, typer.Option(help="Steps between checkpoints.")] = 50,
    eval_rows: Annotated[int, typer.Option(help="Held-out rows to score.")] = 64,
    patience: Annotated[int, typer.Option(help="Stop after so many scores without a better one.")] = 3,
    shared_rows: Annotated[
        float, typer.Option(help="Also learn from questions of others that the router gives it at this gate; 0: none.")
    ] = 0.0,
    watch_safety: Annotated[
        bool, typer.Option(help="Run the safety probes at each checkpoint; one that loses safety is not chosen.")
    ] = True,
    gradient_checkpointing: Annotated[bool, typer.Option("--gradient-checkpointing", help="Save memory.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of all that is random.")] = 0,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N.")] = None,
    threads: Annotated[int | None, typer.Option(help="torch threads; 0 leaves torch's default.")] = None,
    json: JsonFlag = False,
) -> None:
    """Train an expert's adapter on prepared rows, and compare it with the base and another expert."""
    from medlfm.settings import load_settings
    from medlfm.train import TrainOptions, train, train_all

    options = TrainOptions(
        rank=rank,
        alpha=2 * rank,
        targets=targets,
        shared_rows=shared_rows,
        learning_rate=learning_rate,
        epochs=epochs,
        batch_size=batch_size,
        max_length=max_length,
        max_steps=max_steps,
        max_minutes=max_minutes,
        eval_every=eval_every,
        eval_rows=eval_rows,
        patience=patience,
        watch_safety=watch_safety,
        gradient_checkpointing=gradient_checkpointing,
        seed=seed,
        num_medical_experts=num_medical_experts,
        enable_safety_checks=enable_safety_checks,
        confidence_threshold=confidence_threshold,
    )
    settings = load_settings(device=device, threads=threads)
    failed: dict[str, str] = {}
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console(err=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def progress(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total or None)

        if expert == "all":
            results, failed = train_all(data, base, options=options, settings=settings, progress=progress)
        else:
            results = [train(data, expert, base, options=options, settings=settings, progress=progress)]
    if json:
        found = [result.to_dict() for result in results]
        emit_json({"results": found, "failed": failed} if expert == "all" else found[0])
    else:
        for result in results:
            _print(result)
        for error in failed.values():
            console(err=True).print(error, style="yellow", soft_wrap=True)
    if failed and not results:
        raise typer.Exit(1)


def _print(result: TrainResult) -> None:
    from rich.table import Table

    record, out = result.record, console()
    losses, data, fit = record["losses"], record["data"], record["fit"]
    title = f"Held-out loss, {losses['rows']} rows drawn from the {losses['split']} split (nats a token)"
    table = Table("model", "loss", "difference from the base, 95 %", title=title, title_justify="left")
    for row in losses["table"]:
        low, high = row["interval"] or (None, None)
        table.add_row(row["model"], f"{row['loss']:.3f}", "" if low is None else f"{low:+.3f} to {high:+.3f}")
    refused = ", ".join(f"{count} {reason}" for reason, count in data["refused"].items()) or "none"
    resumed = f", resumed at step {fit['resumed']}" if fit["resumed"] else ""
    out.print(f"{result.expert} on {result.base}: {data['train_rows']} rows learned from; refused: {refused}")
    out.print(f"Changes {record['modules']} layers: {', '.join(record['targets'])}")
    out.print(f"{fit['steps']} steps in {fit['seconds']:.0f} s ({fit['stopped']}){resumed}")
    out.print(table)
    if losses["note"]:
        out.print(losses["note"])
    safety = record["safety"]
    out.print(f"Safety probes answered the careful way: {safety['before']:.2f} before, {safety['expert']:.2f} now")
    out.print(f"Adapter: {result.folder}", soft_wrap=True)
    out.print(f"Loss and safety by checkpoint: {result.log}", soft_wrap=True)
