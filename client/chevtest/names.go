package chevtest

import (
	"net/url"
	"strings"
	"unicode"
)

// baseName is the file name of a path as any system writes it.
func baseName(sent string) string {
	return sent[strings.LastIndexAny(sent, `/\`)+1:]
}

// splitExt splits a file name at its last dot.
func splitExt(name string) (stem, ext string) {
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		return name[:dot], name[dot+1:]
	}
	return name, ""
}

// cyrillic is how a real server writes Cyrillic letters, in capitals.
const cyrillic = "А=A Б=B В=V Г=G Д=D Е=E Ж=J З=Z И=I Й=I К=K Л=L М=M Н=N О=O П=P Р=R С=S Т=T У=U Ф=F Х=H Ц=TS Ч=CH Ш=SH Щ=SH Ъ= Ы=YI Ь= Э=E Ю=YU Я=Y"

// latin are letters with marks, after the letter they become.
const latin = "aàáâãäåā AÀÁÂÃÄÅĀ cçćč CÇĆČ eèéêëēę EÈÉÊËĒĘ iìíîïī IÌÍÎÏĪ nñńň NÑŃŇ oòóôõöøō OÒÓÔÕÖØŌ sšś SŠŚ uùúûüū UÙÚÛÜŪ yýÿ YÝ zžźż ZŽŹŻ lł LŁ"

func asciiOf(r rune) string {
	if r < unicode.MaxASCII {
		return string(r)
	}
	if r == 'ß' {
		return "ss"
	}
	for group := range strings.FieldsSeq(latin) {
		if strings.ContainsRune(group[1:], r) {
			return group[:1]
		}
	}
	for pair := range strings.FieldsSeq(cyrillic) {
		if letter, replacement, _ := strings.Cut(pair, "="); letter == string(unicode.ToUpper(r)) {
			return replacement
		}
	}
	return ""
}

// cleanStem makes the stored name of a file from the name as sent: letters,
// digits, "-" and "_" only, so that it is no path and hides nothing.
func cleanStem(stem string) string {
	var b strings.Builder
	for _, r := range stem {
		for _, c := range asciiOf(r) {
			switch {
			case c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
				b.WriteRune(c)
			case c == ' ' || c == '-' || c == '.':
				if !strings.HasSuffix(b.String(), "-") {
					b.WriteByte('-')
				}
			}
		}
	}
	clean := strings.TrimLeft(b.String(), "-")
	return clean[:min(len(clean), 200)]
}

// titleOf is the title that a file name gives.
func titleOf(stem string) string {
	spaced := strings.NewReplacer("-", " ", "_", " ").Replace(stem)
	return strings.Join(strings.Fields(spaced), " ")
}

// slug is a title's part of a viewer address; empty when nothing is left.
func slug(title string) string {
	var b strings.Builder
	tag := false
	for _, r := range title {
		switch {
		case r == '<':
			tag = true
			continue
		case r == '>':
			tag = false
			continue
		case tag:
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("&\"'`?#%/\\.,;:!*+=|^~@$[]{}-", r):
			if !strings.HasSuffix(b.String(), "-") {
				b.WriteByte('-')
			}
		default:
			b.WriteRune(r)
		}
	}
	return strings.Trim(b.String(), "-")
}

// rawURLEncode encodes as PHP's function of that name does: all but letters,
// digits and -._~ .
func rawURLEncode(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// shorten cuts a text to n characters, the last three of them dots.
func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-3]) + "..."
	}
	return s
}

const idLetters = "kT6qoFzGhZtJRA2xWesXfDlHbOCUw9vLPQgn3c5ma1yuK8j4dVpNirMS7EBYI"

// encodeID turns the number of a file into its public id. It looks like a
// real one; every number has an id of its own.
func encodeID(n uint64) string {
	n += 4000 // three letters from the first file on
	var id []byte
	for ; n > 0; n /= uint64(len(idLetters)) {
		id = append(id, idLetters[n%uint64(len(idLetters))])
	}
	return string(id)
}
