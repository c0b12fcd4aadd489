"""`python -m mutua_local.deqar`: see `main`."""

from .main import main

if __name__ == "__main__":
    main()
