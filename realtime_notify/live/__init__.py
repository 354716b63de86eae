"""The live wire: everything that knows Channels.

``protocol`` says what travels, ``push`` sends changes out, ``hub`` brings them to the connections
of this process, ``connection`` writes to one browser, ``consumer`` is the conversation with it.
"""
