"""Bluetooth LE: profiles of sensor firmware, links, the recorder, clocks, virtual sensors.

``record`` needs numpy, msgspec, mcap and bleak only: nothing here imports pandas, scipy or vqf at
the top of a module.
"""
