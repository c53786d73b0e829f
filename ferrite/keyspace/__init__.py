"""The data: keys, values, deadlines, and the undo journal. Knows no client and no wire."""
