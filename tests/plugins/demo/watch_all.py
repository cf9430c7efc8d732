"""Run by the tests in a new process: the demo package's parts in the real window and training process."""

import sys
from pathlib import Path

from rnnstudio.design import codec
from rnnstudio.design.channel import Channel
from tools.driver import Driver

driver = Driver()
try:
    driver.idle()
    driver.open(codec.load(Path(sys.argv[1])))
    palette = {spec.kind for spec in driver.studio.document.catalogue.nodes}
    assert {"demo_minimal", "demo_gain"} <= palette
    driver.studio.selection.set(["cell"])
    driver.train()
    counter = driver.studio.plot_docks.plots["demo_counter"]
    driver.wait(lambda: Channel("state", "cell", "h") in counter.traces, 30, "A trace for the plot")
    print("COUNT", counter.count, "UNITS", counter.traces[Channel("state", "cell", "h")].shape[0])
    driver.stop()
finally:
    driver.close()
