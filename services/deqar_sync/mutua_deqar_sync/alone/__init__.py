"""The mirror without a service around it: one command that reads the registry into a database of its own."""
