"""Campaigns, outbound: the same message to many people, by telephone, SMS or mail, once each."""
