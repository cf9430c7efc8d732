"""The page that shows an example: input, target and prediction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from rnnstudio.ui.playground.example_views import (
    Curve,
    CurvesView,
    ExampleView,
    HeatMap,
    ProbabilityBars,
    TokenRow,
    TokenRowsView,
)
from rnnstudio.ui.playground.page import PlaygroundPage
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.spin_boxes import IntegerSpinBox
from rnnstudio.ui.widgets.text_format import format_metric
from rnnstudio.worker import messages as m
from rnnstudio.worker.requests import ExampleRequest

MOST_CURVES = 4  # features that can be told apart as curves
_HUES = ("input", "output", "reset", "candidate")
Block = tuple[type[ExampleView], str, Callable[[ExampleView], None]]


class ExamplePage(PlaygroundPage):
    """Requests an example and shows it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            QCoreApplication.translate("ExamplePage", "Predict"),
            QCoreApplication.translate("ExamplePage", "Predict this example again"),
            parent,
        )
        self.example: m.Example | None = None
        self.number = IntegerSpinBox(self)
        self.number.setRange(1, 1)
        self.number.setAccessibleName(self.tr("Example"))
        self.number.setToolTip(self.tr("Which example; the arrows go from one to the next"))
        self.number.valueChanged.connect(self._turned)
        self.number.refused.connect(self.show_refusal)
        self.of = QLabel(self)
        self.of.setTextFormat(Qt.TextFormat.PlainText)
        self.of.setProperty("role", "quiet")
        self.measured = QLabel(self)
        self.measured.setTextFormat(Qt.TextFormat.PlainText)
        self.measured.setProperty("role", "quiet")
        self.measured.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._waiting = False
        self._content = QWidget()
        self._rows = QVBoxLayout(self._content)
        self._rows.setContentsMargins(0, 0, 6, 0)
        self._rows.setSpacing(10)
        self._rows.addStretch(1)
        self._kinds: tuple[tuple[type[ExampleView], str], ...] = ()
        self.drawings: list[ExampleView] = []
        self._parts: list[QWidget] = []
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self._content)
        self.area.setAccessibleName(self.tr("The example and its prediction"))
        name = QLabel(self.tr("Example"), self)
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setProperty("role", "quiet")
        name.setBuddy(self.number)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(name)
        row.addWidget(self.number)
        row.addWidget(self.of)
        row.addStretch(1)
        row.addWidget(self.go)
        self.box.addLayout(row)
        self.box.addWidget(self.said)
        self.box.addWidget(self.area, 1)
        self.box.addWidget(self.measured)
        self.update_button()

    # ------------------------------------------------------------------------------ asking

    def request(self) -> ExampleRequest:
        """See `PlaygroundPage`."""
        return ExampleRequest(self.number.value() - 1)

    def refresh(self) -> None:
        """Predict the shown example again with the new weights."""
        if self.example is not None:
            self.submit()

    def _turned(self) -> None:
        """Follow the arrows. A request made while another runs is sent after it."""
        if self._running:
            self._waiting = True
        else:
            self.submit()

    def finish(self, sentence: str = "") -> None:
        """See `PlaygroundPage`."""
        super().finish(sentence)
        if self._waiting:
            self._waiting = False
            self.submit()

    def clear(self) -> None:
        """See `PlaygroundPage`."""
        self.example = None
        self._waiting = False
        self._build(())
        self.of.clear()
        self.measured.clear()
        self.number.blockSignals(True)
        self.number.setRange(1, 1)
        self.number.blockSignals(False)

    # ----------------------------------------------------------------------------- showing

    def show_example(self, example: m.Example) -> None:
        """Show an example."""
        self.example = example
        self.number.blockSignals(True)
        self.number.setRange(1, example.count)
        if not self._waiting:
            self.number.setValue(example.place + 1)
        self.number.blockSignals(False)
        kind = self.tr("of {0}, held out") if example.held_out else self.tr("of {0}, of training")
        self.of.setText(kind.format(f"{example.count:,}"))
        blocks = list(_blocks(example))
        kinds = tuple((kind, title) for kind, title, _ in blocks)
        if kinds != self._kinds:
            self._build(kinds)
        for drawing, (_, _, show) in zip(self.drawings, blocks, strict=True):
            show(drawing)
        words = [self.tr("nothing in it counts")]
        if example.loss is not None:
            words = [f"{self.tr('loss')} {example.loss:.3g}"]
        words += [format_metric(name, value) for name, value in example.metrics.items() if value is not None]
        if example.own:
            words.append(self.tr("it hears only itself"))
        self.measured.setText(" · ".join(words))

    def _build(self, kinds: tuple[tuple[type[ExampleView], str], ...]) -> None:
        for part in self._parts:
            self._rows.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._kinds, self.drawings, self._parts = kinds, [], []
        for kind, title in kinds:
            if title:
                label = QLabel(title, self._content)
                label.setTextFormat(Qt.TextFormat.PlainText)
                label.setFont(fonts.small_caps())
                label.setProperty("role", "quiet")
                self._parts.append(label)
            drawing = kind(self._content)
            self.drawings.append(drawing)
            self._parts.append(drawing)
        for place, part in enumerate(self._parts):
            self._rows.insertWidget(place, part)
            part.show()


def _name(role: str) -> str:
    words = {
        "input": QCoreApplication.translate("ExamplePage", "input"),
        "target": QCoreApplication.translate("ExamplePage", "target"),
        "prediction": QCoreApplication.translate("ExamplePage", "predicted"),
    }
    return words[role]


def _blocks(example: m.Example) -> Iterator[Block]:
    """Yield the widgets of an example, with related rows together.

    Tokens of one clock share a block, a head's numbers share one with their targets.
    """

    def together(row: m.Row) -> tuple[object, ...]:
        if row.texts and row.sequence:
            return ("tokens", row.clock)
        return (row.role == "input", row.head, bool(row.texts), bool(row.shares))

    for _, several in groupby(example.rows, together):
        rows = list(several)
        titles = list(dict.fromkeys(row.title for row in rows))
        title = " · ".join(titles)
        if rows[0].shares and not rows[0].sequence:
            yield ProbabilityBars, "", _shares(rows[0])
        elif rows[0].texts:
            yield TokenRowsView, title, _strips([_tokens(row, named=len(titles) > 1) for row in rows])
        elif not rows[0].sequence:
            yield TokenRowsView, title, _strips([_numbers(row) for row in rows])
        elif rows[0].values.shape[1] <= MOST_CURVES:
            yield CurvesView, title, _curves([series for row in rows for series in _series(row)])
        else:
            for row in rows:
                yield HeatMap, title if row is rows[0] else "", _patch(row)


def _tokens(row: m.Row, *, named: bool) -> TokenRow:
    name = row.title if named and row.role == "input" else _name(row.role)
    return TokenRow(name, row.texts, row.shares, row.right)


def _numbers(row: m.Row) -> TokenRow:
    return TokenRow(
        _name(row.role), tuple(f"{value:.3g}".replace("-", "−") for value in row.values.numpy()[0])
    )


def _series(row: m.Row) -> Iterator[Curve]:
    values = row.values.numpy()
    for feature in range(values.shape[1]):
        number = f" {feature + 1}" if values.shape[1] > 1 else ""
        if row.role == "target":
            yield Curve(_name(row.role) + number, values[:, feature], "quiet", dashed=True)
        else:
            hue = _HUES[feature % len(_HUES)] if row.role == "input" else "accent"
            yield Curve(_name(row.role) + number, values[:, feature], hue)


# A drawing is shown anew with each example, so each block carries how.


def _strips(strips: list[TokenRow]) -> Callable[[ExampleView], None]:
    def show(drawing: ExampleView) -> None:
        assert isinstance(drawing, TokenRowsView)
        drawing.show_rows(strips)

    return show


def _shares(row: m.Row) -> Callable[[ExampleView], None]:
    def show(drawing: ExampleView) -> None:
        assert isinstance(drawing, ProbabilityBars)
        drawing.show_probabilities(_tokens(row, named=False))

    return show


def _curves(series: list[Curve]) -> Callable[[ExampleView], None]:
    def show(drawing: ExampleView) -> None:
        assert isinstance(drawing, CurvesView)
        drawing.show_curves(series)

    return show


def _patch(row: m.Row) -> Callable[[ExampleView], None]:
    def show(drawing: ExampleView) -> None:
        assert isinstance(drawing, HeatMap)
        drawing.show_values(_name(row.role), row.values.numpy())

    return show
