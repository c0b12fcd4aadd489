"""The statements of queries.sql by name."""

from mutua_kernel.database import load_queries

SQL = load_queries("mutua_issuer")
