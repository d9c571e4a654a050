package sxcu_test

import (
	"fmt"
	"os"
	"strings"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/sxcu"
)

func ExampleRead() {
	u, err := sxcu.Read(strings.NewReader(`{
		"Version": "13.3.0",
		"RequestURL": "https://img.example/api/1/upload",
		"Headers": {"X-API-Key": "chv_Ab1_0123456789abcdef"},
		"Body": "MultipartFormData",
		"Arguments": {"album_id": "aB1", "title": "$filename$"},
		"FileFormName": "source",
		"URL": "$json:image.url_viewer$"
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(u.Address, u.Params.Album, u.Link, "key:", u.Key)
	for _, note := range u.Notes {
		fmt.Println(note)
	}
	// Output:
	// https://img.example aB1 viewer key: redacted
	// title is not taken over: ShareX makes it anew for every upload, an account of Upshot has one for all
}

func ExampleUploader_Encode() {
	data, _, err := sxcu.Uploader{
		Name: "main", Address: "https://img.example",
		Params: client.Params{Album: "aB1"}, Link: client.LinkShort,
	}.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = os.Stdout.Write(data)
	// Output:
	// {
	//   "Version": "14.0.0",
	//   "Name": "main",
	//   "DestinationType": "ImageUploader, FileUploader",
	//   "RequestMethod": "POST",
	//   "RequestURL": "https://img.example/api/1/upload",
	//   "Headers": {
	//     "X-API-Key": "YOUR API KEY HERE"
	//   },
	//   "Body": "MultipartFormData",
	//   "Arguments": {
	//     "format": "json",
	//     "album_id": "aB1"
	//   },
	//   "FileFormName": "source",
	//   "URL": "{json:image.url_short}",
	//   "ThumbnailURL": "{json:image.thumb.url}",
	//   "DeletionURL": "{json:image.delete_url}",
	//   "ErrorMessage": "{json:error.message}"
	// }
}
