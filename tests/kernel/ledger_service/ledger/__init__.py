"""A service that exists for the kernel's tests only: it counts facts per key, which shows loss, doubling,
order."""
