"""The book of calls: the list of all, the page of one, and the calls beside a record and a person."""
