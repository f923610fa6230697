"""Mail that comes in: mailboxes, what arrives in them, and the records that it opens or answers."""
