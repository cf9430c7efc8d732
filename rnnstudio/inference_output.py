"""Output of inference on the command line: texts, answers with their scores, examples."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from rnnstudio.engine.inference.examples import Example, Row
from rnnstudio.engine.inference.sampler import AnswerCandidate, Sampler
from rnnstudio.terminal import show

MOST_STEPS = 12  # steps of numbers that are printed


def print_text(sampler: Sampler, prompt: str, length: int, temperature: float, seed: int) -> None:
    """Print a prompt and its continuation by the network."""
    tokens = sampler.generate(prompt, length, temperature, seed)
    first = next(tokens)  # raises if the prompt is invalid
    show(sampler.data.normalized(prompt) + first, end="")
    for token in tokens:
        show(token, end="")
    show()


def print_answers(answers: Iterator[tuple[AnswerCandidate, ...]], *, scores: bool) -> None:
    """Print the best answer, or with ``scores`` all answers with score and log-probability."""
    (best,) = deque(answers, maxlen=1)
    for answer in best if scores else best[:1]:
        cut = "" if answer.ended else " …"
        figures = f"{answer.score:8.3f}  {answer.log_probability:8.3f}  " if scores else ""
        show(f"{figures}{answer.text}{cut}")


def print_example(example: Example) -> None:
    """Print the inputs, targets and predictions of an example, and its metrics."""
    kind = "held out" if example.held_out else "of training"
    show(f"Example {example.number + 1:,} of {example.count:,}, {kind}")
    words = {"input": "input", "target": "target", "prediction": "predicted"}
    for row in example.rows:
        show(f"{words[row.role]:>10}  {row.title}: {_row(row)}")
    measured = {"loss": example.loss, **example.metrics}
    known = [f"{name} {value:.4g}" for name, value in measured.items() if value is not None]
    show(" · ".join(known) or "nothing in it counts")


def _row(row: Row) -> str:
    if row.texts and row.sequence:
        is_character = max(len(text) for text in row.texts) == 1
        return ("" if is_character else " ").join(text.replace("\n", "⏎") for text in row.texts)
    if row.shares:
        return ", ".join(
            f"{text} ({100 * share:.0f} %)" for text, share in zip(row.texts, row.shares, strict=True)
        )
    if row.texts:
        return ", ".join(row.texts)
    steps = [" ".join(f"{value:.3g}" for value in step) for step in row.values[:MOST_STEPS].tolist()]
    more = f" … ({len(row.values):,} steps)" if len(row.values) > MOST_STEPS else ""
    return ("; " if row.values.shape[1] > 1 else " ").join(steps) + more
