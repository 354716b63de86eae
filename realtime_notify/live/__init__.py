"""The socket's door: who may open one, and what its commands do with the database."""
