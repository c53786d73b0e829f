package main

import (
	"testing"

	"github.com/ferrite/plugin-sdk-go"
)

func TestWorld(t *testing.T) {
	mock := plugin.NewMockContext()
	for name, want := range map[string]string{"Alice": "Hello, Alice!", "": "Hello, !"} {
		result := world(&mock.Context, []plugin.Value{plugin.String(name)})
		if got := result.Value().AsString(); got != want {
			t.Errorf("%q, and should be %q", got, want)
		}
	}
	if got := world(&mock.Context, nil).Value().AsString(); got != "Hello, World!" {
		t.Errorf("%q", got)
	}
}

func TestCount(t *testing.T) {
	mock := plugin.NewMockContext()
	for want := int64(1); want < 4; want++ {
		reply, err := mock.Run(count, "visits")
		if got, _ := reply.AsInt64(); got != want || err != nil {
			t.Errorf("%d, and should be %d; error %v", got, want, err)
		}
	}
	mock.Strings["text"] = "abc"
	if _, err := mock.Run(count, "text"); err == nil {
		t.Error("a text was counted")
	}
}
