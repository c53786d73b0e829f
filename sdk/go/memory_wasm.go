//go:build !tinygo

package plugin

import "runtime/debug"

// gcPercent lets the heap grow by so much between two collections. Go's own 100 would let every
// plugin have 4 MB of garbage before the first.
const gcPercent = 25

func init() { debug.SetGCPercent(gcPercent) }
