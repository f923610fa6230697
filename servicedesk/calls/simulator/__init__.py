"""A telephone exchange that is none: it plays a day's calls through the real door, and keeps to what it is answered."""
