"""The three engines that the journeys run in, behind one interface.

Chromium and Firefox are driven by Playwright, WebKit by plain W3C WebDriver. All three are Debian's
own packages.
"""
