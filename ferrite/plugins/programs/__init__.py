"""The programs `ferrite plugin ...`: what a plugin's author does, without a server of his own.

One module a program. Each has `add`, which declares its arguments and what runs it; what fails is
raised, and `ferrite.plugins.cli` prints it. `output`, `project` and `server` are what they share.
"""
