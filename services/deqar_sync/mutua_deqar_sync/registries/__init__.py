"""Registries of trust behind one port: DEQAR, EBSI's trusted issuers, the EWP catalogue.

Each adapter declares what its registry can do and what it is evidence of; what a registry lacks is declared
as lacking, never imitated. See `port` for the terms, and each adapter for what it may be used for.
"""
