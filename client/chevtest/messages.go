package chevtest

import (
	"regexp"
	"strconv"
	"strings"
)

// messages are the texts that a real server translates by Accept-Language.
// The technical ones stay English there too, and so do "File too big" and the
// period of a flood limit.
var messages = map[string]map[string]string{
	"de": {
		"Duplicated upload":        "Doppelt hochgeladen",
		"Request denied":           "Anfrage abgelehnt",
		"Stop words found":         "Verbotene Wörter gefunden",
		"No space left on storage": "Kein Speicherplatz mehr frei",
		"moments ago":              "Vor wenigen Momenten",
		"views":                    "Aufrufe",
		"likes":                    "Likes",
		"image":                    "Bild",
		"images":                   "Bilder",
		floodForm:                  "Zu viele Uploads. Sie können nur %s %s pro %s hochladen",
	},
	"es": {
		"Duplicated upload":        "Subida duplicada",
		"Request denied":           "Solicitud denegada",
		"Stop words found":         "Palabras prohibidas encontradas",
		"No space left on storage": "No queda espacio en el almacenamiento",
		"moments ago":              "hace unos momentos",
		"views":                    "vistas",
		"likes":                    "me gusta",
		"image":                    "imagen",
		"images":                   "imágenes",
		floodForm:                  "Flood detectado. Sólo puedes subir %s %s por %s",
	},
	"fr": {
		"Duplicated upload":        "Envoi en double",
		"Request denied":           "Demande refusée",
		"Stop words found":         "Mots interdits trouvés",
		"No space left on storage": "Plus d'espace de stockage",
		"moments ago":              "il y a quelques instants",
		"views":                    "vues",
		"likes":                    "j'aime",
		floodForm:                  "Trop d'envois. Vous ne pouvez envoyer que %s %s par %s",
	},
	"id": {
		"Duplicated upload":        "Unggahan ganda",
		"Request denied":           "Permintaan ditolak",
		"Stop words found":         "Ditemukan kata terlarang",
		"No space left on storage": "Penyimpanan sudah penuh",
		"moments ago":              "beberapa saat lalu",
		"views":                    "dilihat",
		"likes":                    "suka",
		"image":                    "gambar",
		"images":                   "gambar",
		floodForm:                  "Terlalu banyak unggahan. Anda hanya dapat mengunggah %s %s per %s",
	},
	"ru": {
		"Duplicated upload":        "Повторная загрузка",
		"Request denied":           "Запрос отклонён",
		"Stop words found":         "Найдены запрещённые слова",
		"No space left on storage": "В хранилище нет места",
		"moments ago":              "только что",
		"views":                    "просмотры",
		"likes":                    "нравится",
		"image":                    "изображение",
		"images":                   "изображений",
		floodForm:                  "Слишком много загрузок. Вы можете загрузить только %s %s за %s",
	},
	"zh": {
		"Duplicated upload":        "重复上传",
		"Request denied":           "请求被拒绝",
		"Stop words found":         "发现禁用词",
		"No space left on storage": "存储空间不足",
		"moments ago":              "刚刚",
		"views":                    "浏览",
		"likes":                    "喜欢",
		"image":                    "张图片",
		"images":                   "张图片",
		floodForm:                  "上传过于频繁。您只能上传 %s %s / %s",
	},
}

// floodForm is a message that carries values, floodPattern finds them.
const floodForm = "Flooding detected. You can only upload %s %s per %s"

var floodPattern = regexp.MustCompile(`^Flooding detected\. You can only upload (\d+) (images?) per (\w+)$`)

// translate puts an English message into a language, if it has it.
func translate(lang, message string) string {
	table := messages[lang]
	if text, ok := table[message]; ok {
		return text
	}
	values, text := floodPattern.FindStringSubmatch(message), table[floodForm]
	if values == nil || text == "" {
		return message
	}
	for _, value := range values[1:] {
		if word, ok := table[value]; ok {
			value = word
		}
		text = strings.Replace(text, "%s", value, 1)
	}
	return text
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
