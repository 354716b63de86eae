"""The wire: protocol ``rn.1``, its connections, and the hub that feeds them.

Nothing here knows a table, and nothing else knows Channels.
"""
