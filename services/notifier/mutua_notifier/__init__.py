"""The notifier: a cursor feed over HTTP and signed webhooks of what was decided."""
