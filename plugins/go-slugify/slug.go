package main

import (
	"strings"
	"unicode"
)

// partBytes is the most that one letter becomes, with the hyphen before it.
const partBytes = 4

// letters are those that are no letter with an accent alone.
var letters = map[rune]string{
	'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'å': "a",
	'ð': "d", 'þ': "th", 'ł': "l", 'đ': "d", 'ı': "i", '&': "and", '@': "at",
}

// accented lists the letters of Latin scripts by the letter without the accent.
var accented = []struct{ plain, letters string }{
	{"a", "àáâãāăą"}, {"c", "çćĉċč"}, {"d", "ď"}, {"e", "èéêëēĕėęě"}, {"g", "ĝğġģ"}, {"h", "ĥħ"},
	{"i", "ìíîïĩīĭį"}, {"j", "ĵ"}, {"k", "ķ"}, {"l", "ĺļľ"}, {"n", "ñńņň"}, {"o", "òóôõōŏő"},
	{"r", "ŕŗř"}, {"s", "śŝşšș"}, {"t", "ţťŧț"}, {"u", "ùúûũūŭůűų"}, {"w", "ŵ"}, {"y", "ýÿŷ"},
	{"z", "źżž"},
}

func init() {
	for _, row := range accented {
		for _, letter := range row.letters {
			letters[letter] = row.plain
		}
	}
}

// slugify writes a text in the letters a-z, digits and single hyphens; it is cut to so many bytes,
// at the end of a word where there is one.
func slugify(text string, longest int) string {
	out := make([]byte, 0, min(len(text), longest)+partBytes)
	gap := false
	for _, letter := range text {
		if len(out) > longest {
			break
		}
		letter = unicode.ToLower(letter)
		plain := letter >= 'a' && letter <= 'z' || letter >= '0' && letter <= '9'
		part := ""
		if !plain {
			part = letters[letter]
		}
		if !plain && part == "" {
			gap = gap || letter != '\''
			continue
		}
		if gap && len(out) > 0 {
			out = append(out, '-')
		}
		gap = false
		if plain {
			out = append(out, byte(letter))
		} else {
			out = append(out, part...)
		}
	}
	return cut(string(out), longest)
}

func cut(slug string, longest int) string {
	if len(slug) <= longest {
		return slug
	}
	whole := slug[longest] == '-'
	slug = slug[:longest]
	if end := strings.LastIndexByte(slug, '-'); end > 0 && !whole {
		slug = slug[:end]
	}
	return strings.TrimRight(slug, "-")
}
