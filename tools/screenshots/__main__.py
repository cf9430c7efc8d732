"""Draw the main views of the window into ``build/screenshots``, light and dark.

``python -m tools.screenshots [VIEW ...] [--scale 2] [--size 1440x900] [--readme]``

The window and the training process are the real ones; nothing is mocked.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import sys
from pathlib import Path

from tools.driver import Driver
from tools.screenshots.registry import VIEWS, prepared

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "build" / "screenshots"
README_VIEW, README_SCHEME, README_FILE = "training-sonnets-lstm", "dark", ROOT / "docs" / "window.png"

for _part in ("pages", "canvas", "finding", "dialogs", "running"):
    importlib.import_module(f"tools.screenshots.{_part}")  # registers its views


def main() -> int:
    """Draw the requested views; return the exit status."""
    parser = argparse.ArgumentParser(prog="make screenshots ARGS=...", description=__doc__)
    parser.add_argument(
        "views", nargs="*", metavar="view", help=f"one or more of {', '.join(VIEWS)}; else all"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="device pixels a logical pixel")
    parser.add_argument("--size", default="1440x900", help="of the window, in logical pixels")
    parser.add_argument("--scheme", choices=("light", "dark"), help="only this scheme")
    parser.add_argument("--readme", action="store_true", help="also update the picture of the README")
    options = parser.parse_args()
    unknown = [name for name in options.views if name not in VIEWS]
    if unknown:
        parser.error(f"there is no view “{unknown[0]}”; there are {', '.join(VIEWS)}")
    if options.readme and (
        README_VIEW not in (options.views or VIEWS) or options.scheme not in (None, README_SCHEME)
    ):
        parser.error(f"the README shows “{README_VIEW}”, {README_SCHEME}; include it in the views")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    FOLDER.mkdir(parents=True, exist_ok=True)
    driver = Driver()
    try:
        width, height = (int(part) for part in options.size.split("x"))
        driver.window.resize(width, height)
        driver.idle()
        for name in options.views or VIEWS:
            with prepared(driver, name):
                for scheme in [options.scheme] if options.scheme else ["light", "dark"]:
                    print(draw(driver, name, scheme).relative_to(ROOT), flush=True)
    finally:
        driver.close()
    if options.readme:
        shutil.copyfile(FOLDER / f"{README_VIEW}-{README_SCHEME}.png", README_FILE)
    return 0


def draw(driver: Driver, name: str, scheme: str) -> Path:
    """Draw the window as it is now, in one scheme."""
    driver.studio.actions[f"view.{scheme}"].trigger()
    driver.spin(0.6)
    path = FOLDER / f"{name}-{scheme}.png"
    if not (driver.shown or driver.window).grab().save(str(path)):
        raise OSError(f"{path} could not be written.")
    return path


if __name__ == "__main__":
    sys.exit(main())
