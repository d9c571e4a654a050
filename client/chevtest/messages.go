package chevtest

import (
	"regexp"
	"strconv"
	"strings"
)

// messages are the texts that a real server translates by Accept-Language.
// The technical ones stay English there too.
var messages = map[string]map[string]string{
	"de": {
		"Duplicated upload":        "Doppelt hochgeladen",
		"Request denied":           "Anfrage abgelehnt",
		"Stop words found":         "Verbotene Wörter gefunden",
		"No space left on storage": "Kein Speicherplatz mehr frei",
		"moments ago":              "Vor wenigen Momenten",
		"views":                    "Aufrufe",
		"likes":                    "Likes",
		"File too big - max %s":    "Datei zu groß - maximal %s",
		"Flooding detected. You can only upload %s images per %s": "Zu viele Uploads. Sie können nur %s Bilder pro %s hochladen",
		"minute": "Minute", "hour": "Stunde", "day": "Tag", "week": "Woche", "month": "Monat",
	},
	"es": {
		"Duplicated upload":        "Subida duplicada",
		"Request denied":           "Solicitud denegada",
		"Stop words found":         "Palabras prohibidas encontradas",
		"No space left on storage": "No queda espacio en el almacenamiento",
		"moments ago":              "hace unos momentos",
		"views":                    "vistas",
		"likes":                    "me gusta",
		"File too big - max %s":    "Archivo demasiado grande - máximo %s",
		"Flooding detected. You can only upload %s images per %s": "Flood detectado. Sólo puedes subir %s imágenes por %s",
		"minute": "minuto", "hour": "hora", "day": "día", "week": "semana", "month": "mes",
	},
}

// forms are the messages that carry values.
var forms = map[string]*regexp.Regexp{
	"File too big - max %s":                                   regexp.MustCompile(`^File too big - max (.+)$`),
	"Flooding detected. You can only upload %s images per %s": regexp.MustCompile(`^Flooding detected\. You can only upload (\d+) images per (\w+)$`),
}

// translate puts an English message into a language, if it has it.
func translate(lang, message string) string {
	table := messages[lang]
	if text, ok := table[message]; ok {
		return text
	}
	for form, pattern := range forms {
		values := pattern.FindStringSubmatch(message)
		text, ok := table[form]
		if values == nil || !ok {
			continue
		}
		for _, value := range values[1:] {
			if word, ok := table[value]; ok {
				value = word
			}
			text = strings.Replace(text, "%s", value, 1)
		}
		return text
	}
	return message
}

// language chooses among the languages of the site by Accept-Language.
func language(header string) string {
	best, bestWeight := "en", 0.0
	for choice := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(choice), ";")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			weight, _ = strconv.ParseFloat(q, 64) // nonsense weighs nothing
		}
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if (base == "en" || messages[base] != nil) && weight > bestWeight {
			best, bestWeight = base, weight
		}
	}
	return best
}
