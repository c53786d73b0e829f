package main

import (
	"strings"
	"testing"

	"github.com/ferrite/plugin-sdk-go"
)

func TestSlugify(t *testing.T) {
	for text, want := range map[string]string{
		"Hello, World!":           "hello-world",
		"Crème brûlée & more":     "creme-brulee-and-more",
		"  --Ärger mit Straßen--": "aerger-mit-strassen",
		"It's 100% fine":          "its-100-fine",
		"日本":                      "",
		"\xff\x00":                "",
		"":                        "",
	} {
		if got := slugify(text, longest); got != want {
			t.Errorf("%q: %q, and should be %q", text, got, want)
		}
	}
	for limit, want := range map[int]string{11: "one-two", 7: "one-two", 8: "one-two", 2: "on", 3: "one"} {
		if got := slugify("one two three", limit); got != want {
			t.Errorf("%d: %q, and should be %q", limit, got, want)
		}
	}
	if got := slugify(strings.Repeat("a b ", 1000), longest); len(got) > longest {
		t.Error("too long:", len(got))
	}
}

func TestUnique(t *testing.T) {
	mock := plugin.NewMockContext()
	for _, row := range [][2]string{{"1", "news"}, {"2", "news-2"}, {"1", "news"}, {"3", "news-3"}} {
		reply, err := mock.Run(uniqueSlug, "slugs", row[0], "News!")
		if got := reply.AsString(); got != row[1] || err != nil {
			t.Errorf("%s: %q, and should be %q; error %v", row[0], got, row[1], err)
		}
	}
}
