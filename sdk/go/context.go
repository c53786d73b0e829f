package plugin

import "strconv"

// Context is the server, as a call sees it.
type Context struct {
	host host
}

// Level says how grave a line of the log is.
type Level int32

// The levels of the log.
const (
	Debug Level = iota
	Info
	Warning
	Severe
)

// Storage is the keys of the caller's database.
func (c *Context) Storage() *Storage { return &Storage{c} }

// HTTP sends requests to hosts the plugin was granted.
func (c *Context) HTTP() *HTTP { return &HTTP{c} }

// Typed is the values of one data type of the plugin's own.
func (c *Context) Typed(name string) *Typed { return &Typed{c, name} }

// Log writes a line to the plugin's log.
func (c *Context) Log(level Level, text string) { c.host.log(int32(level), text) }

// Config is a value of the plugin's configuration, by its dotted key; false when there is none.
func (c *Context) Config(key string) (string, bool) {
	text, code := readText(func(buffer []byte) int32 { return c.host.config(key, buffer) })
	return text, code >= 0
}

// Field is a field of the call's surroundings: "client_id", "address", "user", "db", "protocol",
// "event", "plugin" or "version"; "" for one that this call does not have.
func (c *Context) Field(name string) string {
	text, _ := readText(func(buffer []byte) int32 { return c.host.context(name, buffer) })
	return text
}

// User is the ACL user who calls.
func (c *Context) User() string { return c.Field("user") }

// DB is the number of the caller's database.
func (c *Context) DB() int {
	number, _ := strconv.Atoi(c.Field("db"))
	return number
}

// NowMillis is Unix time in milliseconds; it stands still during a call. Needs system.time.
func (c *Context) NowMillis() (int64, error) {
	var now int64
	err := c.failure(c.host.timeMs(&now))
	return now, err
}

// Random fills a buffer with random bytes. Needs system.random.
func (c *Context) Random(buffer []byte) error { return c.failure(c.host.random(buffer)) }

// Env is a variable of the server's environment; false when it is not set. Needs system.env.
func (c *Context) Env(name string) (string, bool, error) {
	text, code := readText(func(buffer []byte) int32 { return c.host.env(name, buffer) })
	found, err := c.absent(code)
	return text, found, err
}

// FuelLeft is how many instructions this call may still take.
func (c *Context) FuelLeft() int64 {
	var left int64
	c.host.fuelLeft(&left)
	return left
}

// Publish sends a message to a channel once this call is kept; how many clients will get it.
func (c *Context) Publish(channel, message string) (int, error) {
	count := c.host.publish(channel, message)
	return int(max(count, 0)), c.failure(count)
}

// Call runs any command of the server and gives its reply. An error that the command answers is
// an error here.
func (c *Context) Call(words ...string) (Value, error) {
	handle := c.host.call(encodeCommand(words))
	if handle < 0 {
		return Null(), c.failure(handle)
	}
	reply, err := c.reply(handle)
	if err == nil {
		err = reply.AsError()
	}
	return reply, err
}

// reply reads what a handle holds, and lets go of it.
func (c *Context) reply(handle int32) (Value, error) {
	bytes, code := readBytes(func(buffer []byte) int32 {
		return c.host.handleRead(handle, 0, buffer)
	})
	if code < 0 {
		return Null(), c.failure(code)
	}
	c.host.handleDrop(handle)
	return decode(bytes)
}
