package main

import (
    "github.com/ferrite/plugin-sdk-go"
)

//export hello_world
func helloWorld(ctx *plugin.Context, args []plugin.Value) plugin.Result {
    name := "World"
    if len(args) > 0 {
        name = args[0].AsString()
    }
    return plugin.Ok(plugin.String("Hello, " + name + "!"))
}

func main() {}
