"""``python -m mim_desk``: the same as the command ``mim-desk``."""

import sys

from mim_desk.cli import main

sys.exit(main())
