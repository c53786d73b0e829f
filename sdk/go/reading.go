package plugin

const scratchBytes = 4096

// scratch takes what most calls read, so that a short text costs one host call. There is one
// thread, and what was read is copied before anything else runs.
var scratch [scratchBytes]byte

// readAll reads a text of any length through a function that copies what fits and returns the
// whole length. It is empty where the function fails.
func readAll(read func(buffer []byte) int32) []byte {
	bytes, _ := readOr(read)
	return bytes
}

// readOr is readAll that also gives the code of a failure.
func readOr(read func(buffer []byte) int32) ([]byte, int32) {
	length := read(scratch[:])
	if length <= 0 {
		return nil, length
	}
	if length <= scratchBytes {
		return append(make([]byte, 0, length), scratch[:length]...), length
	}
	bytes := make([]byte, length)
	if again := read(bytes); again < length {
		return nil, again
	}
	return bytes, length
}
