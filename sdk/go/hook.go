package plugin

// HookContext is the server as a hook sees it, and what happens there.
type HookContext struct {
	Context
}

// HookResult is what a hook says to its event.
type HookResult struct {
	action hookAction
	text   string
}

type hookAction uint8

const (
	hookContinue hookAction = iota
	hookAbort
	hookReplace
)

// Continue lets it happen.
func Continue() HookResult { return HookResult{} }

// Abort refuses it, with an error for the client: BeforeCommand, OnKeyWrite and OnKeyDelete.
func Abort(message string) HookResult { return HookResult{hookAbort, message} }

// Replace stores this string in place of the one that was written: OnKeyWrite.
func Replace(value Value) HookResult { return HookResult{hookReplace, value.AsString()} }

// ReplaceCommand runs this command in place of the one that was asked for: BeforeCommand.
func ReplaceCommand(words ...string) HookResult {
	return HookResult{hookReplace, string(encodeCommand(words))}
}

// IsContinue tells whether the hook lets it happen.
func (r HookResult) IsContinue() bool { return r.action == hookContinue }

// AbortMessage is why the hook refuses; false where it does not.
func (r HookResult) AbortMessage() (string, bool) { return r.text, r.action == hookAbort }

// Replacement is what the hook puts in the place; false where it does not. A command is encoded
// as a RESP array.
func (r HookResult) Replacement() (string, bool) { return r.text, r.action == hookReplace }

// Event is the name of the event, as OnKeyWrite.
func (c *HookContext) Event() string { return c.Field("event") }

// Key is the key of a key event, "" for others.
func (c *HookContext) Key() string {
	key, _ := readText(c.host.hookKey)
	return key
}

// Value is the string at the key now; null when there is none, or a value of another type.
func (c *HookContext) Value() Value { return c.stringOf(c.host.hookValue) }

// OldValue is the string that was at the key before; null as for Value.
func (c *HookContext) OldValue() Value { return c.stringOf(c.host.hookOldValue) }

// Command is the words of the command under way; nil where there is none.
func (c *HookContext) Command() []Value { return c.held(c.host.hookCommand()).AsArray() }

// Reply is what the command answered: AfterCommand.
func (c *HookContext) Reply() Value { return c.held(c.host.hookReply()) }

func (c *HookContext) stringOf(read func(buffer []byte) int32) Value {
	text, code := readText(read)
	if code < 0 {
		return Null()
	}
	return String(text)
}

func (c *HookContext) held(handle int32) Value {
	if handle < 0 {
		return Null()
	}
	value, _ := c.reply(handle)
	return value
}
