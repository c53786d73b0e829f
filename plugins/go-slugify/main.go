// go-slugify: "Crème brûlée & more" becomes "creme-brulee-and-more".
package main

import (
	"strconv"

	"github.com/ferrite/plugin-sdk-go"
)

const (
	longest  = 80
	triesMax = 1000
)

// SLUG.MAKE text [longest]
//
//export slug_make
func makeSlug(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	limit := int64(longest)
	if len(args) > 1 {
		given, err := args[1].AsInt64()
		if err != nil {
			return plugin.Fail(err)
		}
		if given < 1 {
			return plugin.Fail(plugin.OutOfRange("the length must be positive"))
		}
		limit = given
	}
	return plugin.Ok(plugin.String(slugify(args[0].AsString(), int(min(limit, 1<<20)))))
}

// SLUG.STORE key text
//
//export slug_store
func storeSlug(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	slug := plugin.String(slugify(args[1].AsString(), longest))
	if slug.AsString() == "" {
		return plugin.Err("the text has no letter and no digit")
	}
	if err := ctx.Storage().Set(args[0].AsString(), slug); err != nil {
		return plugin.Fail(err)
	}
	return plugin.Ok(slug)
}

// SLUG.UNIQUE key owner text
//
//export slug_unique
func uniqueSlug(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	key, owner := args[0].AsString(), args[1]
	base := slugify(args[2].AsString(), longest)
	if base == "" {
		return plugin.Err("the text has no letter and no digit")
	}
	for number := 1; number <= triesMax; number++ {
		slug := base
		if number > 1 {
			slug += "-" + strconv.Itoa(number)
		}
		holder, err := ctx.Storage().HGet(key, slug)
		if err != nil {
			return plugin.Fail(err)
		}
		if !holder.IsNull() && holder.AsString() != owner.AsString() {
			continue
		}
		if holder.IsNull() {
			if _, err := ctx.Storage().HSet(key, slug, owner); err != nil {
				return plugin.Fail(err)
			}
		}
		return plugin.Ok(plugin.String(slug))
	}
	return plugin.Err("too many texts have this slug")
}

func main() {}
