"""Printing and outputs: queues of print servers, their jobs, pages, batch outputs and their delivery."""
