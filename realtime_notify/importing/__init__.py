"""Copies what older notification systems stored, table by table.

One module a system reads the old tables as they stand in the database: the old package need not
be installed. What it reads is turned into the words of this package, and written in batches, each
of them one transaction. Everything that is written can be found again, so an import may be
repeated, or continued after it was interrupted, and doubles nothing.

What could not be copied is counted in a `Report`, with a reason, and never guessed.
"""
