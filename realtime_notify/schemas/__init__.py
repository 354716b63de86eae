"""The HTTP API and the socket described for machines, made from the code that serves them.

`manage.py notify_schema` prints them.
"""

from __future__ import annotations
