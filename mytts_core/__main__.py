"""`python -m mytts_core` is the `mytts` command."""

from mytts_core.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
