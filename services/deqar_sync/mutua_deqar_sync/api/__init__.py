"""The registry's facts for everybody: a cursor feed, the whole mirror, coverage, and what changed by day."""
