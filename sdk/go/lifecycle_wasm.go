package plugin

//go:wasmexport ferrite_on_load
func exportOnLoad() int32 { return notify(lifecycle.load) }

//go:wasmexport ferrite_on_unload
func exportOnUnload() int32 { return notify(lifecycle.unload) }

//go:wasmexport ferrite_migrate
func exportMigrate() int32 {
	return RunCommand(func(ctx *Context, args []Value) Result {
		if lifecycle.migrate == nil || len(args) == 0 {
			return Ok(Null())
		}
		return finished(lifecycle.migrate(ctx, args[0].AsString()))
	})
}

func notify(function func(ctx *Context) error) int32 {
	if function == nil {
		return 0
	}
	return RunCommand(func(ctx *Context, _ []Value) Result { return finished(function(ctx)) })
}

func finished(err error) Result {
	if err != nil {
		return Fail(err)
	}
	return Ok(OK())
}
