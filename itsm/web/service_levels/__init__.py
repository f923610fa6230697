"""Calendars, agreements and the repair of clocks, changed in the product by administrators."""
