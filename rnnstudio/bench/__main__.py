"""The process that measures with one number of threads. It prints one JSON object per line and point.

`rnnstudio.bench.report` starts it, with the environment that fixes the threads of the libraries.
"""

from __future__ import annotations

import argparse
import json
import sys

from rnnstudio.bench.measure import measure
from rnnstudio.bench.peak import gemm_peak
from rnnstudio.bench.points import chosen
from rnnstudio.design.errors import StudioError


def main() -> int:
    """Measure; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--family", action="append", default=[])
    parser.add_argument("--against", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    try:
        peak = 0.0
        for point in chosen(options.family, quick=options.quick):
            # Measured again for each point, because other processes may have disturbed it before.
            peak = max(peak, gemm_peak(options.threads, 0.1 if options.quick else 0.5))
            figures = measure(point, options.threads, peak, against=options.against, quick=options.quick)
            print(json.dumps(figures), flush=True)
    except StudioError as error:
        print(error.sentence, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
