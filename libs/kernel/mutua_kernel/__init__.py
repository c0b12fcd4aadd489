"""How a Mutua service lives: consume, process, park, relay, store, settings, telemetry, health, HTTP, clock.

The kernel knows no business words. It promises: every accepted fact is published at least once, in order
per key; every effect happens exactly once; what cannot be processed is parked, visible, and re-driven in
order.
"""
