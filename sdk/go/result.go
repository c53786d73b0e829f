package plugin

import "strings"

// Result is what a command answers: a value or an error.
type Result struct {
	value Value
	err   error
}

// Ok answers a value.
func Ok(value Value) Result { return Result{value: value} }

// Err answers an error with this text; "ERR " is put before one that has no code of its own.
func Err(text string) Result { return Result{err: errorOf(text)} }

// Fail answers an error.
func Fail(err error) Result { return Result{err: err} }

// Value is what was answered; null beside an error.
func (r Result) Value() Value { return r.value }

// Error is the error that was answered, or nil.
func (r Result) Error() error { return r.err }

// Error is an error reply: a code in capitals, and a text.
type Error struct {
	Code    string
	Message string
}

// Error is the whole line a client gets.
func (e *Error) Error() string { return e.Code + " " + e.Message }

// WrongType is the error for a key that holds a value of another type.
func WrongType() *Error {
	return &Error{"WRONGTYPE", "Operation against a key holding the wrong kind of value"}
}

// OutOfRange is the error for a number that is none, or too large.
func OutOfRange(message string) *Error { return &Error{"ERR", message} }

// Syntax is the error for arguments that do not fit together.
func Syntax() *Error { return &Error{"ERR", "syntax error"} }

// NoAuth is the error for somebody who has to log in.
func NoAuth() *Error { return &Error{"NOAUTH", "Authentication required."} }

// Custom is an error with a code of the plugin's own.
func Custom(code, message string) *Error { return &Error{code, message} }

// errorOf splits a line at its code.
func errorOf(line string) *Error {
	code, rest, found := strings.Cut(line, " ")
	if found && isCode(code) {
		return &Error{code, rest}
	}
	return &Error{"ERR", line}
}

func isCode(word string) bool {
	for i := 0; i < len(word); i++ {
		digit := i > 0 && word[i] >= '0' && word[i] <= '9'
		if !digit && (word[i] < 'A' || word[i] > 'Z') {
			return false
		}
	}
	return len(word) > 1
}
