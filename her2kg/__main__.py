"""``python -m her2kg``."""

from her2kg.cli import main

main()
