"""The live page: NiceGUI on a port of this machine, in a thread of its own."""
