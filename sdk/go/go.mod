module github.com/ferrite/plugin-sdk-go

go 1.24
