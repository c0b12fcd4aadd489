"""Rules of delivery: who signs how, when to try again. No await, no driver."""
