"""The commands that need no window: check, train, sample, export, templates and bench."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from typer.core import TyperCommand

import rnnstudio
from rnnstudio import resources
from rnnstudio.claim import Claim, claim_free
from rnnstudio.design import codec
from rnnstudio.design.assign import assign, assign_param
from rnnstudio.design.errors import DesignError, FileError
from rnnstudio.design.message import cut, message
from rnnstudio.design.model import Design, NodeId
from rnnstudio.design.paths import with_absolute_paths, with_rebased_paths
from rnnstudio.design.phrases import node_title, shown
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.catalogue import broken_plugins, catalogue
from rnnstudio.engine.check import check_training
from rnnstudio.engine.datasets import inspect
from rnnstudio.engine.program.memory import words
from rnnstudio.engine.schedules.base import ScheduleExtension
from rnnstudio.engine.weights.files import load_weights, save_weights, weight_format
from rnnstudio.engine.weights.fit import require_fit
from rnnstudio.engine.weights.format import WEIGHT_FORMATS
from rnnstudio.engine.weights.symbols import symbols_digest
from rnnstudio.engine.weights.trained_node import require_emitters
from rnnstudio.terminal import complain, complain_lines, one_line, show, show_data, show_line

LONGEST_CELL = 120  # width of a table column in characters

_USAGE_ERROR: Any = typer.BadParameter.__base__  # typer includes its own click, and exposes this part of it

app = typer.Typer(
    help="Draw a recurrent network, train it, and watch it learn.\n\n"
    "rnnstudio [FILE] opens the window; the commands below do without one.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

DesignFile = Annotated[Path, typer.Argument(metavar="DESIGN", help="A design file (.rnnd).")]
WeightFile = Annotated[Path, typer.Argument(metavar="WEIGHTS", help="A weight file (.safetensors or .npz).")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value first, as in nodes.lstm.units=64."),
]


def run(arguments: Sequence[str]) -> int:
    """Run a command line; return the exit status. The caller reports `StudioError`."""
    try:
        status = app(list(arguments), prog_name="rnnstudio", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except _USAGE_ERROR as error:
        message = StringIO()
        error.show(message)
        complain_lines(message.getvalue())
        return int(error.exit_code)
    return status if isinstance(status, int) else 0


def _version(asked: bool) -> None:
    if asked:
        show(f"RNN Studio {rnnstudio.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    for sentence in broken_plugins():
        complain(sentence)


# ----------------------------------------------------------------------------------- commands


@app.command()
def check(design_file: DesignFile, settings: Settings = None) -> int:
    """Print a design's problems, shapes, weights and memory; exit status 1 if it cannot train."""
    known = catalogue()
    design = with_absolute_paths(_changed(_load(design_file), settings), known, design_file.parent)
    report = check_training(design, inspect(design.task))
    gives: dict[NodeId, list[str]] = {}
    for (owner, port), shape in report.shapes.items():
        gives.setdefault(owner, []).append(f"{port}: {shape}")
    rows = [("node", "kind", "gives", "weights")]
    for node in design.nodes:
        counted = f"{report.weights[node.id]:,}" if node.id in report.weights else "?"
        rows.append((node_title(node, known), node.kind, ", ".join(gives.get(node.id, ())), counted))
    cells = [[one_line(cut(cell, LONGEST_CELL)) for cell in row] for row in rows]
    show_data("\n".join(_aligned(cells)))
    show(f"\nWeights: {sum(report.weights.values()):,}")
    show_line(f"Memory of training: {words(report.memory)}")
    for problem in report.problems:
        show_line(f"{problem.severity.capitalize()}: {problem.sentence}")
    show_line("The design can be trained." if report.trainable else "The design cannot be trained.")
    return 0 if report.trainable else 1


@app.command()
def train(
    design_file: DesignFile,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the training set, in place of the plan's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="In place of the plan's.")] = None,
    settings: Settings = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Where the weights go; without it, a new .safetensors file beside the design."),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="Go on from these weights: exactly where their run stopped if nothing else has changed, "
            "otherwise with a new optimizer."
        ),
    ] = None,
    schedule: Annotated[
        ScheduleExtension | None,
        typer.Option(
            help="Where a run becomes longer with --resume: 'stretch' lays the schedule of its learning rate "
            "anew over all epochs; 'continue' keeps it as it was laid, and at its end from there on.",
            show_default="stretch",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line; the last is 'finished'.")
    ] = False,
) -> int:
    """Train a design. Ctrl-C ends training and keeps the weights so far."""
    from rnnstudio.training_run import PreparedRun, train_design

    def prepared() -> PreparedRun:
        if schedule is not None and resume is None:
            raise DesignError(
                message("--schedule says how a run goes on. Name its weights with --resume, or leave it out.")
            )
        design = _changed(_load(design_file), settings, epochs=epochs, seed=seed)
        start = None if resume is None else load_weights(resume)
        if out is not None and (known := weight_format(out)).has_emitters:
            require_emitters(known.kind, design)
        claim = claim_free(design_file.with_suffix(".safetensors")) if out is None else Claim(out)
        folder = design_file.parent
        return PreparedRun(
            with_absolute_paths(design, catalogue(), folder),
            with_rebased_paths(design, catalogue(), folder, claim.path.parent),
            start,
            claim,
        )

    return train_design(prepared, as_json=as_json, schedule=schedule or ScheduleExtension.STRETCH)


@app.command()
def sample(
    weight_file: WeightFile,
    prompt: Annotated[
        str, typer.Option(help="The beginning of a text to continue, or the source to answer.")
    ] = "",
    length: Annotated[
        int | None,
        typer.Option(min=1, max=100_000, help="Tokens to generate; 200, or the longest answer of the data."),
    ] = None,
    temperature: Annotated[float, typer.Option(help="Below 1 bolder on the likely, above 1 wilder.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same text.")] = 1,
    beam: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Print so many answers to the source, with scores.")
    ] = None,
    length_penalty: Annotated[
        float, typer.Option(min=0.0, max=10.0, help="Above 0, longer answers lose less (Wu et al. 2016).")
    ] = 0.0,
    example: Annotated[
        int | None, typer.Option(min=1, help="Show what is predicted of this example, held out if any are.")
    ] = None,
    design_file: Annotated[
        Path | None, typer.Option("--design", help="The design, where the weight file holds none.")
    ] = None,
) -> int:
    """Try a trained network: it continues a text, answers a source, or predicts an example."""
    from rnnstudio.engine.inference.modes import ANSWER, EXAMPLE, TEXT
    from rnnstudio.engine.inference.sampler import Sampler, require_temperature
    from rnnstudio.inference_output import print_answers, print_example, print_text

    require_temperature(temperature)
    weights = load_weights(weight_file)
    design = _load(design_file) if design_file is not None else weights.design
    if design is None:
        raise DesignError(
            message(
                "“{weight_file}” holds arrays only, not the design they belong to. Name it with --design.",
                weight_file=weight_file.name,
            )
        )
    folder = (weight_file if design_file is None else design_file).parent
    sampler = Sampler(
        with_absolute_paths(design, catalogue(), folder), weights.arrays, symbols_digest(weights.record)
    )
    mode = sampler.mode if example is None else EXAMPLE
    if beam is not None and mode != ANSWER:
        raise DesignError(
            message("Only a network with an encoder, which answers a source, has a beam. Leave --beam out.")
        )
    if mode == TEXT:
        print_text(sampler, prompt, length or 200, temperature, seed)
    elif mode == ANSWER:
        print_answers(sampler.translate(prompt, beam or 1, length_penalty, length), scores=beam is not None)
    elif prompt:
        raise DesignError(
            message(
                "This network does not read a text that you type. Show it an example of its data: "
                "--example 1."
            )
        )
    else:
        shown = sampler.example((example or 1) - 1)
        if example is not None and example > shown.count:
            raise DesignError(
                message(
                    "There are {count:,} examples; got {example:,}. Choose one of them.",
                    count=shown.count,
                    example=example,
                )
            )
        print_example(shown)
    return 0


class _ExportCommand(TyperCommand):
    """The export command; its help lists the formats, including those of plug-ins."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write each format, its suffix and its options below the help."""
        super().format_epilog(ctx, formatter)
        catalogue()
        for known in WEIGHT_FORMATS:
            with formatter.section(f"{known.kind} (*{known.suffix}): {known.title}"):
                options = [(f"--option {param.name}=...", _described(param)) for param in known.params]
                formatter.write_dl(options or [("no options", "")])


def _described(param: ParamSpec) -> str:
    """Return the help text for an option of a format."""
    must_be = param.constraint.problem(param.constraint.invalid()[0])
    return f"{param.help or param.title} It must be {must_be}; the default is {shown(param.default)}."


@app.command(cls=_ExportCommand)
def export(
    weight_file: WeightFile,
    kind: Annotated[str, typer.Option("--to", metavar="FORMAT", help="One of the formats below.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
    options: Annotated[
        list[str] | None,
        typer.Option("--option", metavar="NAME=VALUE", help="An option of the format; may be given again."),
    ] = None,
    design_file: Annotated[
        Path | None, typer.Option("--design", help="The design, where the weight file holds none.")
    ] = None,
) -> int:
    """Write weights in another format."""
    known = catalogue()
    wanted = WEIGHT_FORMATS.get(kind)
    if out.suffix.lower() != wanted.suffix:
        raise FileError(
            message(
                "A file of {kind} must end in {suffix}; “{out}” does not. Rename it.",
                kind=kind,
                suffix=wanted.suffix,
                out=out.name,
            )
        )
    chosen = dict(assign_param(wanted, option) for option in options or ())
    weights = replace(load_weights(weight_file), checkpoint=None)
    design, folder = weights.design, weight_file.parent
    if design_file is not None:
        design, folder = _load(design_file), design_file.parent
        located = with_absolute_paths(design, known, folder)
        require_fit(weights, located, inspect(located.task))
    if design is not None:
        weights = replace(weights, design=with_rebased_paths(design, known, folder, out.parent))
    save_weights(out, weights, chosen)
    show_line(f"Wrote {len(weights.arrays):,} arrays to {out}.")
    return 0


@app.command()
def templates(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The example to write.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DESIGN", help="The file to write; NAME.rnnd if not given."),
    ] = None,
) -> int:
    """List the example designs, or write one."""
    known = resources.templates()
    if name is None:
        if out is not None:
            raise FileError(message("Name the example to write: {known}.", known=", ".join(known)))
        for example, file in known.items():
            design = codec.load(file)
            show_line(example)
            show(f"    {one_line(f'{design.name}. {design.notes}')}")
        return 0
    if name not in known:
        raise FileError(
            message("There is no example “{name}”; there are {known}.", name=name, known=", ".join(known))
        )
    target = Path(f"{name}.rnnd") if out is None else out
    if out is None and target.exists():
        raise FileError(
            message("“{target}” is there already. Say with --out which file to write.", target=target)
        )
    codec.save(codec.load(known[name]), target)
    show_line(f"Wrote {target}.")
    return 0


class Other(StrEnum):
    """Other frameworks to compare the engine with."""

    TORCH = "torch"


@app.command()
def bench(
    against: Annotated[
        Other | None, typer.Option(help="Measure PyTorch too, step by step in turn; it must be installed.")
    ] = None,
    threads: Annotated[str, typer.Option(help="Counts of threads, as in 1,2.")] = "1,2",
    family: Annotated[
        list[str] | None, typer.Option(help="Only this family of cells and sizes; may be given again.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="The smallest size of each family, in a hurry.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line; the last is 'summary'.")
    ] = False,
) -> int:
    """Measure whole training steps: forward, back through time, clipping, Adam."""
    from rnnstudio.bench.report import run_bench

    run_bench(threads, family or (), against=against is Other.TORCH, quick=quick, as_json=as_json)
    return 0


# ----------------------------------------------------------------------------------- details


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of a table as lines; the last column is right-aligned."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        spaces = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        before = [cell + space for cell, space in zip(row[:-1], spaces, strict=False)]
        lines.append(" ".join([*before, spaces[-1] + row[-1]]))
    return lines


def _load(design_file: Path) -> Design:
    if not design_file.exists():
        raise FileError(
            message(
                "There is no design file “{design_file}”. Check the name, or write an example first.",
                design_file=design_file,
            )
        )
    return codec.load(design_file)


def _changed(design: Design, settings: list[str] | None, **plan: int | None) -> Design:
    assignments = [f"plan.{name}={value}" for name, value in plan.items() if value is not None]
    for assignment in [*(settings or ()), *assignments]:
        design = assign(design, catalogue(), assignment)
    return design
