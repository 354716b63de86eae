"""A million on paper: what a large installation carries, calculated from what was measured.

The flow of happenings is counted by the second; a crowd that comes back is played browser by
browser, with the real admission and the real back-off.
"""
