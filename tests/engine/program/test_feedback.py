"""Feedback of heads, states from encoder to decoder, and continued batches."""

import numpy as np
import pytest

from rnnstudio.design.model import Design, Link
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.streams import Facts, Stream
from rnnstudio.engine.program import gradcheck
from rnnstudio.engine.program.batches import Batch, pack
from rnnstudio.engine.program.edges import FeedbackEdge
from rnnstudio.engine.program.gradcheck import FACTS, LIMIT, random_batch, random_columns
from tests.engine.network_kit import RAGGED, encoder_decoder, network, program_of, report

pytestmark = pytest.mark.usefixtures("each_kernel")


def generator(share: float = 0.0, loss: str = "mse") -> Design:
    """A vector sets the state; numbers that the head predicts are read again."""
    return network(
        {
            "in": ("vector_input", {}),
            "first": ("dense", {"units": 4, "activation": "tanh"}),
            "cell": ("rnn", {"units": 3}),
            "out": ("dense", {"units": 5}),
            "head": ("regression", {"loss": loss}),
            "label": ("classification", {"per": "sequence", "weight": 0.5}),
            "score": ("dense", {"units": 5}),
        },
        [
            ("head", "prediction", "cell", "sequence", 1),
            ("cell", "sequence", "out", "input", 0),
            ("out", "output", "head", "values", 0),
            ("in", "vector", "first", "input", 0),
            ("first", "output", "score", "input", 0),
            ("score", "output", "label", "logits", 0),
        ],
        share,
    )


def batch_of(seed: int = 0) -> Batch:
    return random_batch(FACTS, RAGGED, np.random.default_rng(seed))


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_gradient_law_holds_from_decoder_to_encoder(cell: str, share: float) -> None:
    assert gradcheck.check(encoder_decoder(share, cell), lengths=RAGGED) < LIMIT


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_the_gradient_law_holds_through_numbers_that_are_fed_back(loss: str, share: float) -> None:
    assert gradcheck.check(generator(share, loss), lengths=RAGGED) < LIMIT


def test_a_planted_error_in_the_feedback_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    right = FeedbackEdge.backward

    def wrong(self: FeedbackEdge, t0: int, t1: int) -> None:
        if self.d_values is not None:
            self.d_values *= -1
        right(self, t0, t1)

    monkeypatch.setattr(FeedbackEdge, "backward", wrong)
    assert gradcheck.check(generator(1.0), lengths=RAGGED) > 1e-3


def test_with_teacher_forcing_the_decoder_runs_over_the_whole_sequence_at_once() -> None:
    program = program_of(encoder_decoder())
    assert not any(group.is_loop for group in program.execution_order(with_feedback=False))
    assert [group.is_loop for group in program.execution_order(with_feedback=True)].count(True) == 1


def test_teacher_forcing_feeds_the_start_and_then_each_target() -> None:
    program, batch = program_of(encoder_decoder()), batch_of()
    program.loss(batch, training=False)
    packing, targets = batch.packing, batch.streams["next"]
    fed, wanted = (packing.unpack(rows) for rows in (program.nodes["again"].inputs["tokens"], targets))
    assert (fed[0] == 3).all()
    for place, length in enumerate(packing.lengths):
        assert fed[1:length, place].tolist() == wanted[: length - 1, place].tolist()


def test_a_network_that_hears_only_itself_reads_its_own_predictions() -> None:
    program, batch = program_of(encoder_decoder(1.0)), batch_of()
    program.loss(batch, training=True)
    head, packing = program.heads[0], batch.packing
    fed = packing.unpack(program.nodes["again"].inputs["tokens"])
    likeliest = packing.unpack(head.probabilities(0, packing.steps).argmax(axis=1))
    for place, length in enumerate(packing.lengths):
        assert fed[1:length, place].tolist() == likeliest[: length - 1, place].tolist()


def test_each_example_gives_alone_what_it_gives_beside_others() -> None:
    """Encoder and decoder sort the batch each by its own lengths; the states find their rows."""
    columns = random_columns(FACTS, RAGGED, np.random.default_rng(3))
    together, alone = program_of(encoder_decoder()), program_of(encoder_decoder())
    together.loss(pack(FACTS, columns, len(RAGGED)), training=False)
    losses = np.zeros(len(RAGGED))
    packing = together.packings["T"]
    by_row = packing.unpack(together.heads[0].loss_by_row())
    losses[packing.order] = by_row.sum(axis=0) / packing.lengths
    for example in range(len(RAGGED)):
        one = pack(FACTS, {name: [rows[example]] for name, rows in columns.items()}, 1)
        assert alone.loss(one, training=False) == pytest.approx(losses[example], rel=1e-12)


def test_a_target_that_is_not_counted_adds_no_loss_and_no_gradient() -> None:
    design = encoder_decoder()
    columns = random_columns(FACTS, RAGGED, np.random.default_rng(3))
    short = {name: [row.copy() for row in rows] for name, rows in columns.items()}
    columns["next"][0][2:] = -1
    short["next"][0] = short["next"][0][:2]
    for name in ("tokens", "signal", "values", "flags"):
        short[name][0] = short[name][0][:2]
    results = []
    for given in (columns, short):
        program = program_of(design)
        results.append((program.loss(pack(FACTS, given, 4), training=True), program))
        program.backward()
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-12)
    np.testing.assert_allclose(results[0][1].gradients, results[1][1].gradients, atol=1e-13)


def test_the_loss_of_several_heads_is_the_sum_of_their_weighted_means() -> None:
    program = program_of(generator())
    total = program.loss(batch_of(), training=False)
    values, label = program.heads
    assert total == pytest.approx(values.loss_by_row().mean() + 0.5 * label.loss_by_row().mean())
    assert set(program.metrics()) == {"head.mse", "label.accuracy"}


def test_a_batch_that_is_carried_on_equals_the_whole_sequence() -> None:
    """The same loss whether six steps come at once or in windows of two."""
    design = network(
        {
            "in": ("sequence_input", {}),
            "cell": ("lstm", {"units": 3}),
            "out": ("dense", {"units": 5}),
            "head": ("classification", {}),
            "again": ("embedding", {"features": 3}),
            "second": ("gru", {"units": 3}),
            "values": ("dense", {"units": 5}),
            "numbers": ("regression", {}),
        },
        [
            ("in", "sequence", "cell", "sequence", 0),
            ("cell", "sequence", "out", "input", 0),
            ("out", "output", "head", "logits", 0),
            ("head", "prediction", "again", "tokens", 1),
            ("again", "sequence", "second", "sequence", 0),
            ("second", "sequence", "values", "input", 0),
            ("values", "output", "numbers", "values", 0),
        ],
    )
    columns = random_columns(FACTS, (6, 3, 2), np.random.default_rng(4))
    whole, windows = program_of(design), program_of(design)
    whole.loss(pack(FACTS, columns, 3), training=False)
    expected = [whole.packings["T"].unpack(head.loss_by_row()) for head in whole.heads]
    sequences = {s.name for s in FACTS.streams if s.signal is Signal.SEQUENCE}
    for start in (0, 2, 4):
        left = [i for i, length in enumerate((6, 3, 2)) if length > start]
        part = {
            name: [rows[i][start : start + 2] if name in sequences else rows[i] for i in left]
            for name, rows in columns.items()
            if not name.startswith("source")
        }
        windows.carry_states(len(left) if start else 0)
        windows.loss(pack(FACTS, part, len(left)), training=False, carry=start > 0)
        packing = windows.packings["T"]
        for head, all_steps in zip(windows.heads, expected, strict=True):
            mine = packing.unpack(head.loss_by_row())
            np.testing.assert_allclose(
                mine, all_steps[start : start + packing.steps, : len(left)], rtol=1e-12
            )


def test_a_head_that_feeds_back_at_once_is_fixed_by_a_delay() -> None:
    design = encoder_decoder()
    links = tuple(Link(k.id, k.source, k.source_port, k.target, k.target_port) for k in design.links)
    (problem,) = [
        p for p in report(Design(nodes=design.nodes, links=links)).problems if p.severity == "error"
    ]
    assert problem.code == "loop"
    assert problem.fix is not None
    assert report(problem.fix.apply(Design(nodes=design.nodes, links=links))).trainable


def test_what_a_head_predicts_must_be_delayed_elsewhere_too() -> None:
    design = network(
        {
            "in": ("sequence_input", {}),
            "out": ("dense", {"units": 5}),
            "head": ("classification", {}),
            "again": ("embedding", {"features": 5}),
            "second": ("classification", {}),
        },
        [
            ("in", "sequence", "out", "input", 0),
            ("out", "output", "head", "logits", 0),
            ("head", "prediction", "again", "tokens", 0),
            ("again", "sequence", "second", "logits", 0),
        ],
    )
    (problem,) = [p for p in report(design).problems if p.severity == "error"]
    assert problem.sentence.startswith("“Prediction” of Classification (head) is known when its step is over")
    assert problem.fix is not None
    assert report(problem.fix.apply(design)).trainable


def test_sequences_of_two_lengths_cannot_meet_in_one_cell() -> None:
    design = network(
        {
            "in": ("tokens", {"stream": "source"}),
            "read": ("embedding", {"features": 3}),
            "out": ("dense", {"units": 5}),
            "head": ("classification", {}),
        },
        [
            ("in", "tokens", "read", "tokens", 0),
            ("read", "sequence", "out", "input", 0),
            ("out", "output", "head", "logits", 0),
        ],
    )
    (problem,) = [p for p in report(design).problems if p.severity == "error"]
    assert "is T steps long, and what is linked to “logits” is S" in problem.sentence


def test_a_task_without_what_an_input_reads_is_reported_with_what_it_has() -> None:
    facts = Facts((Stream("point", "Point", "input", Signal.VECTOR, Content.REAL, 2),), {"T": 1})
    design = network({"in": ("tokens", {})}, [])
    sentences = [p.sentence for p in report(design, facts).problems if p.node == "in"]
    assert any("The task has as input: “Point”, a vector of features." in s for s in sentences)
