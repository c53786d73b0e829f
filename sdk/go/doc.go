// Package plugin is the guest side of a ferrite plugin, for Go 1.24 or newer and for TinyGo.
//
// A command is a function with an export comment:
//
//	//export hello_world
//	func helloWorld(ctx *plugin.Context, args []plugin.Value) plugin.Result {
//		return plugin.Ok(plugin.String("Hello!"))
//	}
//
// It answers HELLO.WORLD. `ferrite plugin build` finds the comments and writes the file
// ferrite_exports_wasm.go, which makes the functions exports of the module. A hook is a
// func(ctx *plugin.HookContext) plugin.HookResult, exported under its event: on_key_write.
// The functions of transformers, storage backends and data types have the signature of commands.
//
// A call is all or nothing: when it answers an error, whatever it wrote is undone. A panic is
// answered as an error, and the plugin goes on with the next call.
//
// A call gets what it needs through its Context. Outside WebAssembly, in `go test`, a MockContext
// stands in for the server.
package plugin
