"""Where the single file begins: a Python that is too old is told so, in words that it can still read.

Nothing here may be newer than Python 3.6; what comes behind the check of the version may.
"""

import sys

OLDEST = (3, 11)
TOO_OLD = (
    "需要 Python 3.11 或更新的版本，这台电脑上运行的是 {}。请安装新版 Python（装好后不需要网络），再打开本文件。",
    "Python 3.11 or later is needed; this computer has run {}. Install a newer Python, then open this file again.",
)
BROKEN = 3


def refuse():
    """Both languages, each where the console can show it; returns the exit status."""
    running = "{}.{}".format(*sys.version_info[:2])
    for text in TOO_OLD:
        try:
            text.encode(sys.stderr.encoding or "ascii")
        except UnicodeEncodeError:
            continue
        sys.stderr.write(text.format(running) + "\n")
    return BROKEN


if sys.version_info < OLDEST:
    sys.exit(refuse())
else:
    from posrig_start import start

    sys.exit(start(sys.argv[1:]))
