"""``python -m hipgait`` is ``hipgait``."""

from hipgait.cli.main import main

if __name__ == "__main__":
    main()
