"""The doctor: looks at a live installation, part by part, and says what is wrong and what to do."""

from __future__ import annotations

from realtime_notify.doctor.examination import examine
from realtime_notify.doctor.findings import Finding, Severity

__all__ = ["Finding", "Severity", "examine"]
