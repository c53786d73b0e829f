// {{name}}: a command that greets and a command that counts.
package main

import (
	"github.com/ferrite/plugin-sdk-go"
)

// {{NAME}}.WORLD [name]
//
//export {{module}}_world
func world(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	name := "World"
	if len(args) > 0 {
		name = args[0].AsString()
	}
	return plugin.Ok(plugin.String("Hello, " + name + "!"))
}

// {{NAME}}.COUNT key
//
//export {{module}}_count
func count(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	number, err := ctx.Storage().Incr(args[0].AsString())
	if err != nil {
		return plugin.Fail(err)
	}
	return plugin.Ok(plugin.Integer(number))
}

func main() {}
