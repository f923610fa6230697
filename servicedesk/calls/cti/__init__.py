"""The door `/hooks/cti/<token>/`: what telephone exchanges say, read by mappings that are data, and what they are answered."""
