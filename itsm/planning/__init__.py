"""One timetable: maintenance windows, freezes as conditions, planned work."""
