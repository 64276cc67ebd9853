"""Starts MiniStack with our fixes; local/engine/engine.ts runs this.

Usage: launcher.py <scratch directory>. The environment has the settings of MiniStack.
"""

import sys
from importlib import metadata

from parent import die_with_parent

SUPPORTED_VERSION = "1.5.33"


def check_ministack_version():
    """Exits unless the installed MiniStack is the version that the fixes are written for."""
    try:
        installed = metadata.version("ministack")
    except metadata.PackageNotFoundError:
        installed = "none"
    if installed != SUPPORTED_VERSION:
        raise SystemExit(f"the local engine needs ministack {SUPPORTED_VERSION}, found {installed}: remove .venv and start again")


def main():
    die_with_parent(scratch=sys.argv[1])
    check_ministack_version()

    # MiniStack reads its settings while it is imported, and its command line when it starts.
    from ministack.app import main as serve

    from fixes import apply_fixes

    apply_fixes()
    sys.argv = ["ministack"]
    serve()


if __name__ == "__main__":
    main()
