"""PLUGIN.*: what an operator manages plugins with, one file for each use.

`support` has what they share, `words` reads the arguments of those that load, `lifecycle` changes
plugins, `looking` tells of them, `limiting` bounds them. Each adds its commands to a group.
"""
