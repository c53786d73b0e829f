package plugin

// What a function of the server returns below zero.
const (
	codeAbsent      = -1
	codeDenied      = -2
	codeType        = -3
	codeArgument    = -4
	codeLimit       = -5
	codeNumber      = -6
	codeUnavailable = -7
	codeAborted     = -8
)

// failure is the error of the host call that has just failed, nil for a code that is none.
func (c *Context) failure(code int32) error {
	if code >= 0 {
		return nil
	}
	text, _ := readText(c.host.lastError)
	if text == "" {
		text = "ERR the server refused a call"
	}
	return errorOf(text)
}

// absent is failure for calls that answer -1 when there is nothing: found tells which.
func (c *Context) absent(code int32) (found bool, err error) {
	if code == codeAbsent {
		return false, nil
	}
	return code >= 0, c.failure(code)
}
