"""`python -m ferrite.client`."""

from __future__ import annotations

import sys

from ferrite.client.program import main

if __name__ == "__main__":
    sys.exit(main())
