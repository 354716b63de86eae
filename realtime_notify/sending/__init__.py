"""Sending: taking what is due from the outbox, looking at it once more, and handing it over."""
