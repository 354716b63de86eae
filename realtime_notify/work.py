"""All work that is due: deliveries, what wakes and expires, and messages to be sent."""
