package client

import "encoding/json"

// exampleAnswer is what a real Chevereto 4.2.5 answers to a picture, without
// its delete link.
const exampleAnswer = `{"name":"sunset","extension":"png","size":482133,"width":1920,"height":1080,"date":"2026-03-01 16:58:00",
"date_gmt":"2026-03-01 19:58:00","title":"Sunset","tags":[{"id":"1","name":"lake","url":"https://img.example/tag/lake"}],"description":"Evening by the lake","nsfw":0,
"storage_mode":"datefolder","md5":"7a120d5c28de264bdbb934f023a628fd","checksum":"7a120d5c28de264bdbb934f023a628fd","source_md5":null,"original_filename":"sunset.png",
"original_exifdata":"{\"FileName\":\"sunset.png\"}","views":0,"category_id":1,"chain":7,"thumb_size":21212,"medium_size":90210,"frame_size":0,
"expiration_date_gmt":"2026-04-01 19:58:00","likes":0,"is_animated":0,"is_approved":1,"is_360":0,"duration":0,"type":"image","tags_string":"lake",
"file":{"resource":{"type":"path"}},"id_encoded":"ZfGd","filename":"sunset.png","mime":"image/png","url":"https://img.example/images/2026/03/01/sunset.png",
"ratio":1.7777777777777777,"size_formatted":"482 KB",
"image":{"filename":"sunset.png","name":"sunset","mime":"image/png","extension":"png","url":"https://img.example/images/2026/03/01/sunset.png","size":482133},
"thumb":{"filename":"sunset.th.png","name":"sunset.th","mime":"image/png","extension":"png","url":"https://img.example/images/2026/03/01/sunset.th.png","size":21212},
"medium":{"filename":"sunset.md.png","name":"sunset.md","mime":"image/png","extension":"png","url":"https://img.example/images/2026/03/01/sunset.md.png","size":90210},
"url_frame":"","duration_time":"","url_viewer":"https://img.example/image/sunset.ZfGd","path_viewer":"/image/sunset.ZfGd","url_short":"https://img.example/image/ZfGd",
"display_url":"https://img.example/images/2026/03/01/sunset.md.png","display_width":1920,"display_height":1080,"views_label":"views","likes_label":"likes",
"how_long_ago":"moments ago","title_truncated":"Sunset","title_truncated_html":"Sunset","display_title":"Sunset","is_use_loader":true}`

// CheckTemplate reports why a template cannot be used: it is tried on an
// answer that has every field a real host sends, so that what takes a part of
// a field, as slice does, is not refused for want of it. Its error is of
// KindInvalid.
func CheckTemplate(text string) error {
	im, err := DecodeImage(json.RawMessage(exampleAnswer))
	if err != nil {
		return err
	}
	_, err = im.Template(text)
	return err
}
