"""Tokens and numbers as they are shown."""

_VISIBLE = {" ": "·", "\n": "↵", "\t": "→", "\r": "↵"}


def visible(label: str) -> str:
    """Return the text of a token such that spaces and line ends can be seen."""
    return "".join(_VISIBLE.get(character, character) for character in label)


def metric_words(name: str, value: float) -> str:
    """Return a metric as people say it: "accuracy 92.4 %", "mse 0.0123"."""
    node, _, what = name.rpartition(".")
    number = f"{100 * value:.1f} %" if what == "accuracy" else f"{value:.3g}"
    return " ".join(part for part in (node, what, number) if part)


def loss_words(loss: float) -> str:
    """Return a loss with three figures that tell something: "1.308", "0.0153"."""
    return f"{loss:.3f}" if abs(loss) >= 0.1 else f"{loss:.3g}"
