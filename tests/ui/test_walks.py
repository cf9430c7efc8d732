"""Random edits in any order: the document stays valid, and the canvas shows it.

A walk is about a hundred random edits, undos, copies and loads; the suite makes ten thousand, and
``--hypothesis-profile=long`` ten times as many, other ones each time.
"""

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from rnnstudio.design import codec
from rnnstudio.resources import templates
from tests.ui.walk_acts import ACTS, OFTEN
from tests.ui.walking import TEMPLATES, Walk
from tests.ui.watching import watched

STEPS = 120  # acts of one walk at most
LOOK = 10  # after so many acts, everything is compared with a canvas made anew


def machine(folder, qtlog, count):
    class Walking(RuleBasedStateMachine):
        @initialize(name=st.sampled_from(TEMPLATES))
        def begin(self, name):
            self.walk = Walk(folder, codec.load(templates()[name]))
            self.acts, self.sound = 0, True
            self.walk.assert_shows()

        @rule(name=st.sampled_from(OFTEN), seed=st.integers(0, 2**32))
        def act(self, name, seed):
            walk, self.sound = self.walk, False  # until all that follows holds
            walk.rng = random.Random(seed)
            with watched(qtlog):
                ACTS[name](walk)
            walk.assert_is_a_document()
            walk.assert_shows()
            self.acts += 1
            if self.acts % LOOK == 0:
                walk.assert_equals_a_fresh_canvas()
            count[name] = count.get(name, 0) + 1
            self.sound = True

        def teardown(self):
            try:
                if self.sound:
                    self.walk.assert_undoes_and_redoes()
                    self.walk.assert_equals_a_fresh_canvas()
            finally:
                self.walk.close()

    return Walking


@pytest.mark.timeout(3600)
def test_ten_thousand_acts_keep_a_document_that_the_canvas_shows(qapp, qtlog, tmp_path):
    count: dict[str, int] = {}
    walks = settings(
        max_examples=settings.default.max_examples,
        stateful_step_count=STEPS,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine(tmp_path, qtlog, count), settings=walks)
    assert count.keys() == ACTS.keys()
    assert sum(count.values()) >= 10_000
