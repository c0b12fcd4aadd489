"""Recognition: trust statements, policies, requests, decisions, reviews."""
