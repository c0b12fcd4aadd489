"""Pages for holders, as HTML that needs nothing from elsewhere and prints well."""
