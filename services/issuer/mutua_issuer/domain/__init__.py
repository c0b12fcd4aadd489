"""What the issuer knows without a database: institutions and their keys, components, rows, the vault's
cryptography.
"""
