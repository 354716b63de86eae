"""The gallery: every element in every state, each in a frame with an inbox of its own.

A frame is the whole site below a path, `/gallery/<inbox>/`, where everybody is the person with
that inbox: over HTTP and on the socket. So one page shows many inboxes, and nothing is acted,
save for browsers of another kind than the one that looks.
"""
