"""Ways to speak to telephone exchanges. Each adapter is one file with a class; both kinds meet in `base`."""
