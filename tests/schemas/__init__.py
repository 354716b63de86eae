"""The descriptions of the HTTP API and the socket."""
