"""``python -m rnnstudio`` is the command ``rnnstudio``."""

import sys

if not sys.flags.safe_path:
    del sys.path[0]  # the current folder, where Python would look first for all that is imported later

from rnnstudio.cli import main

sys.exit(main())
