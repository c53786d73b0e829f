package plugin

// Command is a function that answers a command.
type Command = func(ctx *Context, args []Value) Result

// Hook is a function that joins in an event.
type Hook = func(ctx *HookContext) HookResult

var lifecycle struct {
	load, unload func(ctx *Context) error
	migrate      func(ctx *Context, from string) error
}

// OnLoad has a function run when the plugin is loaded; its error refuses the load. Call it from
// an init function.
func OnLoad(function func(ctx *Context) error) { lifecycle.load = function }

// OnUnload has a function run before the plugin is unloaded.
func OnUnload(function func(ctx *Context) error) { lifecycle.unload = function }

// OnMigrate has a function run when another version of the plugin is taken over; `from` is which.
func OnMigrate(function func(ctx *Context, from string) error) { lifecycle.migrate = function }

// RunCommand answers the call under way; what an export returns. The generated file calls it.
func RunCommand(function Command) int32 { return new(Context).run(function) }

func (c *Context) run(function Command) int32 {
	return c.answer(guarded(func() Result { return function(c, c.arguments()) }))
}

// RunHook serves the event under way; what an export returns. The generated file calls it.
func RunHook(function Hook) int32 { return new(HookContext).run(function) }

func (c *HookContext) run(function Hook) int32 {
	result := Continue()
	done := guarded(func() Result {
		result = function(c)
		return Ok(Null())
	})
	if done.err != nil {
		return c.answer(done)
	}
	return c.say(result)
}

func (c *HookContext) say(result HookResult) int32 {
	code := int32(0)
	switch result.action {
	case hookAbort:
		code = c.host.hookAbort(result.text)
	case hookReplace:
		code = c.host.hookReplace(result.text)
	}
	if err := c.failure(code); err != nil {
		return c.answer(Fail(err))
	}
	return 0
}

// guarded runs a function and makes an error of its panic.
func guarded(function func() Result) (result Result) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case error:
			result = Err("panic: " + cause.Error())
		case string:
			result = Err("panic: " + cause)
		default:
			result = Err("panic")
		}
	}()
	return function()
}

func (c *Context) arguments() []Value {
	count := c.host.argCount()
	if count <= 0 {
		return nil
	}
	args := make([]Value, count)
	for i := range args {
		text, _ := readText(func(buffer []byte) int32 {
			return c.host.argRead(int32(i), buffer)
		})
		args[i] = String(text)
	}
	return args
}

func (c *Context) answer(result Result) int32 {
	if result.err != nil {
		c.host.replyText(KindError, result.err.Error())
		return 0
	}
	if code := c.send(result.value); code < 0 {
		c.host.replyText(KindError, c.failure(code).Error())
	}
	return 0
}

// send replies with a value; below zero where the server does not take it.
func (c *Context) send(value Value) int32 {
	code := c.sendOne(value)
	for i := 0; i < len(value.items) && code >= 0; i++ {
		code = c.send(value.items[i])
	}
	return code
}

func (c *Context) sendOne(value Value) int32 {
	switch value.kind {
	case KindNull, KindOK:
		return c.host.replyFixed(value.kind)
	case KindInteger, KindBool, KindDouble:
		return c.host.replyNumber(value.kind, value.number)
	case KindArray, KindSet:
		return c.host.replyMany(value.kind, int32(len(value.items)))
	case KindMap:
		return c.host.replyMany(value.kind, int32(len(value.items)/2))
	case KindVerbatim:
		return c.host.replyVerbatim(value.format, value.text)
	default:
		return c.host.replyText(value.kind, value.text)
	}
}
