module api

go 1.24

require github.com/ferrite/plugin-sdk-go v0.1.0

replace github.com/ferrite/plugin-sdk-go => ../../../../sdk/go
