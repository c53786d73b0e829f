"""The program `ferrite-cli`: send commands, print the replies as redis-cli does.

Rule: options, output and exit codes are redis-cli's, so that one can stand for the other in a
script. 0: the replies were printed, error replies included; 1: there was none, or the options make
no sense, or -e was given and the reply is an error.
"""
