package plugin

// Kind says what a Value is.
type Kind uint8

// The kinds of values: those of RESP3.
const (
	KindNull Kind = iota
	KindOK
	KindInteger
	KindDouble
	KindBool
	KindString
	KindSimple
	KindError
	KindVerbatim
	KindBigNumber
	KindArray
	KindMap
	KindSet
)

var kindNames = [...]string{
	"null", "ok", "integer", "double", "bool", "string", "simple string", "error",
	"verbatim string", "big number", "array", "map", "set",
}

// String is the name of a kind.
func (k Kind) String() string {
	return kindNames[k]
}
