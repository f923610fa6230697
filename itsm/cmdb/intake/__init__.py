"""One way into the CMDB for files, agents, scans and other systems: normalise, identify, decide, show, then do.

`candidates` what a delivery says; `identifying` which item it speaks of; `precedence` who is believed; `deciding` what is
to become of it; `runs` and `applying` the delivery as a whole. Nothing is deleted on the way.
"""
