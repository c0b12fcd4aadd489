"""`python -m mutua_recognition`."""

if __name__ == "__main__":  # a process that verifies imports this module too, under another name
    from mutua_recognition.main import main

    main()
