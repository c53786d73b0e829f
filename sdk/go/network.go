package plugin

import "io"

// HTTP sends requests. It works only before the call's first write, and not in hooks that may
// refuse something. Hosts need the permission network.http_get or network.http_post.
type HTTP struct {
	ctx *Context
}

// Response is what a web server answered. Redirects are not followed.
type Response struct {
	Status  int
	Headers map[string]string
	Body    []byte
}

// Get fetches a URL.
func (h *HTTP) Get(url string) (*Response, error) { return h.Do("GET", url, nil, nil) }

// Post sends a body to a URL.
func (h *HTTP) Post(url, contentType string, body []byte) (*Response, error) {
	return h.Do("POST", url, map[string]string{"Content-Type": contentType}, body)
}

// Do sends a request.
func (h *HTTP) Do(
	method, url string, headers map[string]string, body []byte,
) (*Response, error) {
	lines := ""
	for name, value := range headers {
		lines += name + ": " + value + "\n"
	}
	handle := h.ctx.host.http(method, url, lines, body)
	if handle < 0 {
		return nil, h.ctx.failure(handle)
	}
	reply, err := h.ctx.reply(handle)
	if err != nil {
		return nil, err
	}
	status, _ := reply.Get("status").AsInt64()
	answer := &Response{int(status), map[string]string{}, reply.Get("body").AsBytes()}
	for _, pair := range reply.Get("headers").AsMap() {
		answer.Headers[pair.Key.AsString()] = pair.Value.AsString()
	}
	return answer, nil
}

// Connection is a TCP connection, an io.ReadWriteCloser; it ends with the call.
type Connection struct {
	ctx    *Context
	handle int32
}

// Dial connects to a host. Needs network.tcp_connect for it.
func (c *Context) Dial(host string, port int) (*Connection, error) {
	handle := c.host.tcpConnect(host, int32(port))
	if handle < 0 {
		return nil, c.failure(handle)
	}
	return &Connection{c, handle}, nil
}

// Write sends all bytes.
func (c *Connection) Write(bytes []byte) (int, error) {
	count := c.ctx.host.tcpSend(c.handle, bytes)
	return int(max(count, 0)), c.ctx.failure(count)
}

// Read waits for bytes; io.EOF at the end.
func (c *Connection) Read(buffer []byte) (int, error) {
	count := c.ctx.host.tcpRecv(c.handle, buffer)
	if count == 0 && len(buffer) > 0 {
		return 0, io.EOF
	}
	return int(max(count, 0)), c.ctx.failure(count)
}

// Close ends the connection.
func (c *Connection) Close() error { return c.ctx.failure(c.ctx.host.tcpClose(c.handle)) }
