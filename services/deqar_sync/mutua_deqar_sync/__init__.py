"""Mirrors the DEQAR registry and turns its changes into events."""
