package plugin

import (
	"math"
	"strconv"
)

var (
	errNotInteger = OutOfRange("value is not an integer or out of range")
	errNotFloat   = OutOfRange("value is not a valid float")
)

// parseInteger reads a decimal number as the server does: no sign but a minus, no spaces.
func parseInteger(text string) (int64, error) {
	if text != "" && text[0] == '+' {
		return 0, errNotInteger
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errNotInteger
	}
	return number, nil
}

func parseDouble(text string) (float64, error) {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(number) {
		return 0, errNotFloat
	}
	return number, nil
}

// formatDouble writes a number as RESP3 does.
func formatDouble(number float64) string {
	switch {
	case math.IsInf(number, 1):
		return "inf"
	case math.IsInf(number, -1):
		return "-inf"
	case math.IsNaN(number):
		return "nan"
	default:
		return strconv.FormatFloat(number, 'g', -1, 64)
	}
}
