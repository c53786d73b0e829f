//go:build !wasm

package plugin

import "strings"

// MockContext stands in for the server in `go test`. Its Context is what a command takes:
//
//	mock := plugin.NewMockContext()
//	result := helloWorld(&mock.Context, []plugin.Value{plugin.String("Alice")})
//
// What it holds may be set and read freely. It knows strings, hashes and times to live; whatever
// else a command needs is given by a function, and refused where there is none.
type MockContext struct {
	Context

	Strings map[string]string
	Hashes  map[string]map[string]string
	TypedAt map[string]MockTyped
	// Expires has the milliseconds that keys have left.
	Expires map[string]int64
	// Fields is what Field answers, Settings what Config does, Environment what Env does.
	Fields, Settings, Environment map[string]string
	// Now is what NowMillis answers.
	Now int64
	// Denied are words of host functions that answer NOPERM: "get", "set", "http" ...
	Denied map[string]bool
	// Logged are the lines of the log, Published the messages as "channel message".
	Logged, Published []string
	// OnCall answers Call, OnHTTP answers requests.
	OnCall func(words []string) Value
	OnHTTP func(method, url string, body []byte) *Response

	args      []Value
	event     mockEvent
	replies   []byte
	handles   map[int32][]byte
	made      int32
	lastError string
}

// MockTyped is a value of a plugin's own type.
type MockTyped struct {
	Type    string
	Version int64
	Bytes   []byte
}

type mockEvent struct {
	key, value, old *string
	command, reply  Value
	result          HookResult
}

// NewMockContext is a server without keys.
func NewMockContext() *MockContext {
	mock := &MockContext{
		Strings: map[string]string{}, Hashes: map[string]map[string]string{},
		TypedAt: map[string]MockTyped{}, Expires: map[string]int64{},
		Fields:   map[string]string{"user": "default", "db": "0", "protocol": "2", "version": "1"},
		Settings: map[string]string{}, Environment: map[string]string{},
		Denied: map[string]bool{}, handles: map[int32][]byte{},
	}
	mock.host = host{mock}
	return mock
}

// Run calls a command as the server does: what a client would get. A failed or panicking command
// gives its error.
func (m *MockContext) Run(function Command, args ...string) (Value, error) {
	m.args, m.replies = nil, nil
	for _, arg := range args {
		m.args = append(m.args, String(arg))
	}
	m.Context.run(function)
	reply, err := decode(m.replies)
	if err == nil {
		err = reply.AsError()
	}
	return reply, err
}

// KeyEvent is what a hook gets for a write of a string.
func (m *MockContext) KeyEvent(event, key, value string) *HookContext {
	m.event = mockEvent{key: &key, value: &value}
	if old, found := m.Strings[key]; found {
		m.event.old = &old
	}
	m.Fields["event"] = event
	return &HookContext{m.Context}
}

// CommandEvent is what a hook gets for a command; the reply is null before it ran.
func (m *MockContext) CommandEvent(event string, reply Value, words ...string) *HookContext {
	items := make([]Value, len(words))
	for i, word := range words {
		items[i] = String(word)
	}
	m.event = mockEvent{command: Array(items...), reply: reply}
	m.Fields["event"] = event
	return &HookContext{m.Context}
}

// RunHook calls a hook as the server does: what it said, or the error of its failure.
func (m *MockContext) RunHook(function Hook, ctx *HookContext) (HookResult, error) {
	m.replies, m.event.result = nil, Continue()
	ctx.run(function)
	if m.replies == nil {
		return m.event.result, nil
	}
	reply, err := decode(m.replies)
	if err == nil {
		err = reply.AsError()
	}
	return Continue(), err
}

func (m *MockContext) fail(code int32, text string) int32 {
	m.lastError = text
	return code
}

func (m *MockContext) refuses(word string) bool {
	if m.Denied[word] {
		m.lastError = "NOPERM the plugin has no permission for " + word
	}
	return m.Denied[word]
}

// typeOf is the type of what is at a key.
func (m *MockContext) typeOf(key string) string {
	if _, found := m.Strings[key]; found {
		return "string"
	}
	if _, found := m.Hashes[key]; found {
		return "hash"
	}
	if typed, found := m.TypedAt[key]; found {
		return typed.Type
	}
	return "none"
}

// wrongType tells whether a key holds something of another type.
func (m *MockContext) wrongType(key, wanted string) bool {
	found := m.typeOf(key)
	if found == "none" || found == wanted {
		return false
	}
	m.lastError = WrongType().Error()
	return true
}

func (m *MockContext) hold(value Value) int32 {
	m.made++
	m.handles[m.made] = encode(nil, value)
	return m.made
}

func fill(buffer []byte, text string) int32 {
	copy(buffer, text)
	return int32(len(text))
}

func oneLine(text string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(text) }
