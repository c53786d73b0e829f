"""Recordings: what a guest was called with and what the host answered, to be run again elsewhere.

Rule: a call of a guest is a function of the module, the instance's state, the fuel limit and what
the host answers. A recording holds these and the outcome, so a replay needs neither a server nor
its data, and has to come to the same reply with the same fuel in every engine. Who does not record
pays nothing: recording is another class of guest over an instance with other imports.

In order: `frames` (what stands in a file), `file` (how it stands there), `recorder` (writes what a
guest does), `guest` (a guest that is recorded), `outcome` (how a call ended), `answers` (the host
of a replay), `replayer` (runs it again), `trace` (shows it), `recordings` (those of one server),
`program` (`ferrite plugin replay`).
"""
