"""What the issuer knows without a database: institutions, keys and identifiers, components, rows, statuses,
and the forms of a credential.
"""
