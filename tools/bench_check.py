#!/usr/bin/env python3
"""`bench-check` from a checkout, without installing anything but its packages: python3 tools/bench_check.py --help"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness.bench_check.main import main  # the path comes first

if __name__ == "__main__":
    sys.exit(main())
