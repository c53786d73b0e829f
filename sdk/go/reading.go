package plugin

import "unsafe"

const scratchBytes = 4096

// scratch takes what most calls read, so that a short text costs one host call and one allocation.
// There is one thread, and what was read is copied before anything else runs.
var scratch [scratchBytes]byte

// readText reads a text of any length through a function that copies what fits and returns the
// whole length. Below zero that is the code of a failure, and the text is empty.
func readText(read func(buffer []byte) int32) (string, int32) {
	length := read(scratch[:])
	if length <= scratchBytes {
		return string(scratch[:max(length, 0)]), length
	}
	bytes, length := readLong(read, length)
	return unsafe.String(unsafe.SliceData(bytes), len(bytes)), length
}

// readBytes is readText for bytes; nil where there are none.
func readBytes(read func(buffer []byte) int32) ([]byte, int32) {
	length := read(scratch[:])
	if length <= 0 {
		return nil, length
	}
	if length <= scratchBytes {
		return append(make([]byte, 0, length), scratch[:length]...), length
	}
	return readLong(read, length)
}

// readLong reads what does not fit into scratch.
func readLong(read func(buffer []byte) int32, length int32) ([]byte, int32) {
	bytes := make([]byte, length)
	if again := read(bytes); again < length {
		return nil, again
	}
	return bytes, length
}
