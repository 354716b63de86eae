"""Measurements of delivery on a real database: speed, waits, memory, and what must not grow."""
