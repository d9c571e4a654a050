package client

// Params are the optional parameters of an upload, by the names that the API
// gives them. The zero value asks for nothing; the host's and the account's own
// defaults apply. What a parameter does on a real Chevereto:
//
//   - Title, at most 100 characters on one line. Without one the host takes that
//     of the EXIF data, or the file name. "0" counts as none.
//   - Description, at most 65,535 bytes; lines are kept. The same holds.
//   - Tags, each at most 32 characters. Those of guests are not used.
//   - Album, the encoded id that ends the album's address ("oF" of
//     https://example.org/album/holiday.oF). One that does not exist or is not
//     the key's own is forgotten without a word: the file is in no album then.
//   - Category, a number; one that does not exist is stored as it is.
//   - Width, in pixels, not more than the picture has; the height follows. Pictures
//     that move, and videos, stay as they are.
//   - Expiration, as [ParseExpiration] takes or returns it, 5 minutes to 1 year.
//     Without one the account's own default holds, and nothing overrides that.
//   - NSFW marks the file as not safe for work.
//   - UseFileDate takes the date from the EXIF data of a JPEG. It is for
//     administrators; the host ignores it from all others.
type Params struct {
	Title       string   `json:"title,omitempty" toml:"title,omitempty"`
	Description string   `json:"description,omitempty" toml:"description,omitempty"`
	Tags        []string `json:"tags,omitempty" toml:"tags,omitempty"`
	Album       string   `json:"album_id,omitempty" toml:"album_id,omitempty"`      // encoded id, as in the album's address
	Category    int      `json:"category_id,omitempty" toml:"category_id,omitzero"` // 0: none
	Width       int      `json:"width,omitempty" toml:"width,omitzero"`             // pixels, 0: as it is
	Expiration  string   `json:"expiration,omitempty" toml:"expiration,omitempty"`  // ISO 8601 as ParseExpiration returns it
	NSFW        bool     `json:"nsfw,omitempty" toml:"nsfw,omitempty"`
	UseFileDate bool     `json:"use_file_date,omitempty" toml:"use_file_date,omitempty"` // administrators only
}
