package client

import (
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// moreFailures are what a real Chevereto says beside the usual, the same in
// other languages, in the words of the third generation, and what networks and
// web servers say in its place.
var moreFailures = []struct {
	name   string
	status int
	body   string
	want   Kind
}{
	// Under 601 PHP's own notes are handed on: not all mean too large.
	{"over the size of a form", 400, jsonError(`"File exceeds form max size (UPLOAD_ERR_FORM_SIZE)"`, "601"), KindTooLarge},
	{"a form cut short", 400, jsonError(`"File was partially uploaded (UPLOAD_ERR_PARTIAL)"`, "601"), KindServer},
	{"no folder for the upload", 400, jsonError(`"Missing temp folder (UPLOAD_ERR_NO_TMP_DIR)"`, "601"), KindServer},
	{"no room for the upload", 400, jsonError(`"System write error (UPLOAD_ERR_CANT_WRITE)"`, "601"), KindServer},
	{"stopped by PHP", 400, jsonError(`"The upload was stopped (UPLOAD_ERR_EXTENSION)"`, "601"), KindServer},
	{"601 of another language", 400, jsonError(`"Datei zu gro\u00df"`, "601"), KindTooLarge},

	{"no name for a file", 400, jsonError(`"Can't get a tempnam"`, "600"), KindServer},
	{"no name for a file of base64", 400, jsonError(`"Can't get a tempnam"`, "200"), KindServer},
	{"a file that cannot be moved", 400, jsonError(`"Can't move temp file to its destination"`, "600"), KindServer},
	{"a file that cannot be renamed", 400, jsonError(`"Unable to rename tmp_name to downstream"`, "622"), KindServer},
	{"a file that is gone", 400, jsonError(`"Can't fetch target upload source (downstream)"`, "600"), KindServer},
	{"a folder that is none", 400, jsonError(`"Destination \/var\/www\/images\/ is not a dir"`, "630"), KindServer},
	{"a folder nobody can read", 400, jsonError(`"Can't read target destination dir"`, "631"), KindServer},
	{"two at once", 400, jsonError(`"Concurrency: Downstream gone, aborting operation"`, "666"), KindServer},
	{"a moderation that fails", 400, jsonError(`"Error processing ModerateContent: timeout"`, "610"), KindServer},
	{"another moderation that fails", 400, jsonError(`"Error processing Project Arachnid Shield moderation : timeout"`, "600"), KindServer},
	{"an unwanted extension", 400, jsonError(`"Unwanted extension for x.php"`, "600"), KindRejected},
	{"an address that is none", 400, jsonError(`"Invalid image URL"`, "622"), KindRejected},
	{"an address that is not public", 400, jsonError(`"Unsupported non-public IP address for upload"`, "400"), KindRejected},
	{"an invalid type", 400, jsonError(`"Invalid mimetype"`, "612"), KindRejected},
	{"an invalid picture", 400, jsonError(`"Invalid image"`, "400"), KindRejected},
	{"a moving WebP where GD draws", 400, jsonError(`"Animated WebP is not supported"`, "400"), KindRejected},
	{"a disabled format by name", 400, jsonError(`"Disabled image format (png)"`, "614"), KindRejected},
	{"base64 by GET", 400, jsonError(`"Upload using base64 source must be done using POST method."`, "130"), KindRejected},

	// Keys and addresses.
	{"an old key", 400, jsonError(`"This API key format is no longer supported. Please generate a new API key."`, "100"), KindAuth},
	{"a wrong key where there is none for guests", 400, jsonError(`"API V1 public key can't be null. Go to \/dashboard and set the Guest API key."`, "0"), KindAuth},
	{"the same, third generation", 400, jsonError(`"API v1 key can't be null. Go to your dashboard and set the API v1 key."`, "0"), KindAuth},
	{"no action in the path", 400, jsonError(`"No action provided"`, "100"), KindProtocol},
	{"no version in the path", 400, jsonError(`"No version provided"`, "100"), KindProtocol},
	{"a bad key in Spanish", 400, jsonError(`"Clave API inv\u00e1lida."`, "100"), KindAuth},
	{"a bad key in Chinese", 400, jsonError(`"\u65e0\u6548\u7684 API \u5bc6\u94a5\u3002"`, "100"), KindAuth},
	{"a bad key in Russian", 400, jsonError(`"Неверный ключ API."`, "100"), KindAuth},

	// By code, in languages that nobody asked for.
	{"a duplicate in German", 400, jsonError(`"Doppelt hochgeladen"`, "101"), KindDuplicate},
	{"a duplicate in Russian", 400, jsonError(`"Повторная загрузка"`, "102"), KindDuplicate},
	{"a duplicate in French", 400, jsonError(`"T\u00e9l\u00e9chargement en double"`, "103"), KindDuplicate},
	{"a duplicate in Chinese", 400, jsonError(`"重复上传"`, "101"), KindDuplicate},
	{"a flood in Spanish", 400, jsonError(`"Inundaci\u00f3n detectada. S\u00f3lo puedes subir 50 im\u00e1genes por minute"`, "130"), KindThrottled},
	{"a flood in French", 400, jsonError(`"Flood d\u00e9tect\u00e9. Vous ne pouvez envoyer que 50 images par heure"`, "130"), KindThrottled},
	{"a flood in Indonesian", 400, jsonError(`"Banjir terdeteksi. Anda hanya dapat mengunggah 50 gambar per menit"`, "130"), KindThrottled},
	{"a flood in Chinese", 400, jsonError(`"检测到刷屏。您每分钟只能上传50张图片"`, "130"), KindThrottled},
	{"a flood in Russian", 400, jsonError(`"Обнаружен флуд. Вы можете загрузить только 50 изображений в час"`, "130"), KindThrottled},
	{"too big in German", 400, jsonError(`"Datei zu gro\u00df - max 1 MB"`, "400"), KindTooLarge},
	{"too big in French", 400, jsonError(`"Fichier trop volumineux - max 1,5 Mo"`, "400"), KindTooLarge},
	{"too big in Russian", 400, jsonError(`"Файл слишком большой - максимум 1 МБ"`, "400"), KindTooLarge},
	{"too big in Indonesian", 400, jsonError(`"Berkas terlalu besar - maks 1 GB"`, "400"), KindTooLarge},
	{"too big in Chinese", 400, jsonError(`"文件太大 - 最大 1MB"`, "400"), KindTooLarge},
	{"too big, in KiB", 400, jsonError(`"Demasiado - max 512 KiB."`, "400"), KindTooLarge},
	{"stop words in German", 400, jsonError(`"Stoppw\u00f6rter gefunden"`, "400"), KindRejected},
	{"stop words in Chinese", 400, jsonError(`"发现停用词"`, "400"), KindRejected},
	{"uploads off in German", 400, jsonError(`"Anfrage abgelehnt"`, "401"), KindDenied},
	{"uploads off in Chinese", 400, jsonError(`"请求被拒绝"`, "401"), KindDenied},
	{"no source, in Indonesian", 400, jsonError(`"Sumber unggahan kosong"`, "130"), KindTooLarge},
	{"a full storage in French", 400, jsonError(`"Plus d'espace de stockage"`, "104"), KindServer},
	{"a bad video in Chinese", 400, jsonError(`"提供的视频文件无效"`, "100"), KindRejected},
	{"a bad video in Hungarian", 400, jsonError(`"\u00c9rv\u00e9nytelen vide\u00f3f\u00e1jl"`, "100"), KindRejected},
	{"a bad video in Japanese", 400, jsonError(`"無効な動画ファイル"`, "100"), KindRejected},
	{"too wide in Russian", 400, jsonError(`"Целевая ширина больше исходной"`, "610"), KindRejected},

	// The third generation adds a context.
	{"a context", 400, `{"status_code":400,"error":{"message":"Invalid API v1 key.","code":100,"context":"Exception"},"status_txt":"Bad Request"}`, KindAuth},
	{"a context of a class", 400, `{"status_code":400,"error":{"message":"Duplicated upload","code":101,"context":"CHV\\UploadException"},"status_txt":"Bad Request"}`, KindDuplicate},

	// What is JSON, but no answer of ours.
	{"null", 200, `null`, KindProtocol},
	{"true", 200, `true`, KindProtocol},
	{"a number", 200, `200`, KindProtocol},
	{"a text", 200, `"OK"`, KindProtocol},
	{"an empty list", 200, `[]`, KindProtocol},
	{"an answer in a list", 200, `[` + okAnswer + `]`, KindProtocol},
	{"an empty object", 200, `{}`, KindProtocol},
	{"deep lists", 200, deep("[", "]"), KindProtocol},
	{"deep objects", 200, deep(`{"a":`, `}`), KindProtocol},
	{"a picture that is a list", 200, `{"status_code":200,"image":[]}`, KindProtocol},
	{"a picture that is a list of pictures", 200, `{"status_code":200,"image":[{"id_encoded":"x"}]}`, KindProtocol},
	{"a picture that is a text", 200, `{"status_code":200,"image":"https://h/a.png"}`, KindProtocol},
	{"a picture without a name", 200, `{"status_code":200,"image":{"id_encoded":false,"url":"https://h/a.png"}}`, KindProtocol},
	{"a picture named by an object", 200, `{"status_code":200,"image":{"id_encoded":{},"url":"https://h/a.png"}}`, KindProtocol},
	{"an error that is a list", 400, `{"status_code":400,"error":["x"],"status_txt":"Bad Request"}`, KindRejected},
	{"an error that is a text", 400, `{"status_code":400,"error":"Duplicated upload"}`, KindDuplicate},
	{"a status that is an object", 200, `{"status_code":{},"image":{"id_encoded":"x"}}`, KindProtocol},
	{"a success with a status of its own", 200, `{"status_code":201,"image":{"id_encoded":"x"}}`, KindProtocol},
	{"a page with JSON of its own", 200, `<html><script>var x = {"error":{"message":"Duplicated upload","code":101}}</script>`, KindProtocol},

	// What stands before a host, or in its place.
	{"Cloudflare's challenge", 403, "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title>", KindDenied},
	{"Cloudflare's older challenge", 503, "<html><head><title>Just a moment...</title>", KindServer},
	{"Cloudflare's limit", 429, "<html><title>Access denied | example.org used Cloudflare to restrict access</title>", KindThrottled},
	{"Cloudflare's limit of size", 413, "<html><head><title>413 Request Entity Too Large</title></head><center>cloudflare</center>", KindTooLarge},
	{"a name that is blocked", 451, "<html>", KindDenied},
	{"mod_security", 406, "<html><title>Not Acceptable!</title>", KindProtocol},
	{"a parked name", 200, "<html><title>This domain is for sale</title>", KindProtocol},
	{"a portal with a script", 200, "<script>location='http://10.0.0.1/login'</script>", KindProtocol},
	{"nginx's 400", 400, "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title>", KindProtocol},
	{"no quota left on the host", 507, "", KindServer},
	{"the traffic of the month is used up", 509, "", KindServer},
}

func deep(open, end string) string {
	b := make([]byte, 0, 200_000)
	for range 20_000 {
		b = append(b, open...)
	}
	b = append(b, '1')
	for range 20_000 {
		b = append(b, end...)
	}
	return string(b)
}

func TestMoreFailuresHaveTheirKind(t *testing.T) {
	rows := moreFailures
	for status := 520; status <= 530; status++ {
		rows = append(rows, struct {
			name   string
			status int
			body   string
			want   Kind
		}{"Cloudflare's " + strconv.Itoa(status), status, "<html><title>example.org | " + strconv.Itoa(status) + ": Web server is down</title>", KindServer})
	}
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			a := &answer{status: c.status, header: http.Header{}, body: []byte(c.body), sent: SentWhole}
			_, err := a.image(asked{source: true, key: NewKey(testKey), address: mustURL(t, "https://example.org")})
			if e := kind(t, err); e.Kind != c.want || e.Message == "" || e.Status != c.status || e.Sent != SentWhole {
				t.Errorf("kind %s, want %s (%+v)", e.Kind, c.want, e)
			}
		})
	}
}

func TestThePeriodOfAFloodIsReadInOtherLanguagesToo(t *testing.T) {
	for message, want := range map[string]struct {
		limit  int
		period string
	}{
		"Flooding detected. You can only upload 1 image per hour":         {1, "hour"},
		"Zu viele Uploads. Du kannst nur 50 Bilder pro minute hochladen":  {50, "minute"},
		"Zu viele Uploads. Du kannst nur 500 Bilder pro Stunde hochladen": {500, "hour"},
		"Flood détecté. Vous ne pouvez envoyer que 1000 images par jour":  {1000, "day"},
		"Sólo puedes subir 5000 imágenes por semana":                      {5000, "week"},
		"Anda hanya dapat mengunggah 10000 gambar per bulan":              {10000, "month"},
		"检测到刷屏。您每分钟只能上传50张图片":                                             {50, "minute"},
		"Обнаружен флуд. Вы можете загрузить только 50 изображений в час": {50, "hour"},
		"You can only upload 99999999999 images per fortnight":            {999999999, ""},
		"Dakikada en fazla 50 dosya yükleyebilirsiniz":                    {50, ""},
	} {
		limit, period := floodLimit(message)
		if limit != want.limit || period != want.period {
			t.Errorf("%q: %d per %q", message, limit, period)
		}
	}
}

// The formats txt and redirect are only wishes: a host that does not know
// them answers in JSON, and its file is stored all the same.
func TestAnAnswerInJSONIsReadWhateverWasAskedFor(t *testing.T) {
	for _, format := range []Format{FormatText, FormatRedirect} {
		read := func(status int, body string) (Image, error) {
			a := &answer{status: status, header: http.Header{}, body: []byte(body), sent: SentWhole}
			return a.image(asked{format: format, source: true, key: NewKey(testKey), address: mustURL(t, "https://example.org")})
		}
		if im, err := read(200, okAnswer); err != nil || im.ID != "x" || im.URL != "https://h/x.png" {
			t.Errorf("%s: %+v, %v", format, im, err)
		}
		if _, err := read(400, jsonError(`"Invalid API key."`, "100")); kind(t, err).Kind != KindAuth {
			t.Errorf("%s: %v", format, err)
		}
		if _, err := read(200, okAnswer[:40]); kind(t, err).Kind != KindNetwork {
			t.Errorf("%s: %v", format, err)
		}
		if im, err := read(200, "<br />\n<b>Warning</b>: Undefined array key \"url\" in <b>/x.php</b>"); err == nil {
			t.Errorf("%s: a page is no success: %+v", format, im)
		}
		if im, err := read(200, "Notice: Undefined index: url in /var/www/api.php on line 9"); err != nil || im.Approved {
			t.Errorf("%s: %+v, %v", format, im, err)
		}
	}
	a := &answer{status: 303, header: http.Header{"Location": {"/image/a.x"}}, sent: SentWhole}
	if im, err := a.image(asked{format: FormatRedirect, address: mustURL(t, "https://example.org")}); err != nil || im.ViewerURL != "https://example.org/image/a.x" {
		t.Error(im, err)
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for _, status := range []int{429, 503} {
		for value, want := range map[string]time.Duration{
			"90": 90 * time.Second, " 90 ": 90 * time.Second, "0": 0, "Mon, 23 Nov 2026 08:02:00 GMT": 2 * time.Minute,
			"Monday, 23-Nov-26 08:02:00 GMT": 2 * time.Minute, "Mon Nov 23 08:02:00 2026": 2 * time.Minute,
			"Tue, 23 Nov 2027 08:00:00 GMT": 24 * time.Hour, "1.5": 0, "soon": 0, "": 0,
		} {
			a := &answer{status: status, header: http.Header{"Retry-After": {value}}, body: []byte("<html>"), sent: SentWhole, finished: now}
			_, err := a.image(asked{source: true, address: mustURL(t, "https://example.org")})
			var e *Error
			if !errors.As(err, &e) || e.RetryAfter != want {
				t.Errorf("%d, %q: %v", status, value, err)
			}
			if throttled := status == 429 || value != ""; (e.Kind == KindThrottled) != throttled {
				t.Errorf("%d, %q: %s", status, value, e.Kind)
			}
		}
	}
}
