"""What agents, scans and other inventories tell, turned into candidates of the CMDB's intake."""
