"""`python -m mutua_recognition`."""

from mutua_recognition.main import main

main()
