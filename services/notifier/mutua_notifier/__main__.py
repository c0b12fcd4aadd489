"""`python -m mutua_notifier`."""

from mutua_notifier.main import main

main()
