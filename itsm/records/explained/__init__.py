"""Why a clock stands where it stands, for people: words, a picture and a table. Any kind of record uses the same page."""
