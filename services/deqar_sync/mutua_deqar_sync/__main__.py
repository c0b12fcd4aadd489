"""`python -m mutua_deqar_sync`."""

from mutua_deqar_sync.main import main

main()
