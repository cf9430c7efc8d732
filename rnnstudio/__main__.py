"""``python -m rnnstudio`` is the command ``rnnstudio``."""

import sys

from rnnstudio.cli import main

sys.exit(main())
