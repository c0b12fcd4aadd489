"""Runs the demo: `python -m mutua_local.demo`."""

import sys

from mutua_local.demo.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
