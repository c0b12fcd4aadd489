"""`python -m mutua_issuer`."""

from mutua_issuer.main import main

main()
