"""Run by the tests in a fresh Python: the demo package's parts in the real window and training process."""

import sys
from pathlib import Path

from rnnstudio.design import codec
from tools.driver import Driver

driver = Driver()
try:
    driver.idle()
    driver.open(codec.load(Path(sys.argv[1])))
    palette = {spec.kind for spec in driver.studio.document.catalogue.nodes}
    assert {"demo_minimal", "demo_gain"} <= palette
    driver.studio.selection.set(["cell"])
    driver.train()
    counter = driver.studio.board.plots["demo_counter"]
    driver.wait(lambda: "state.cell.h" in counter.pictures, 30, "A picture for the plot")
    print("COUNT", counter.count, "UNITS", counter.pictures["state.cell.h"].shape[0])
    driver.stop()
finally:
    driver.close()
