package client

// Params are the optional parameters of an upload. The zero value asks for
// nothing; the host's and the account's own defaults apply.
type Params struct {
	Title       string   `json:"title,omitempty" toml:"title,omitempty"`
	Description string   `json:"description,omitempty" toml:"description,omitempty"`
	Tags        []string `json:"tags,omitempty" toml:"tags,omitempty"`
	Album       string   `json:"album_id,omitempty" toml:"album_id,omitempty"`       // encoded id, as in the album's address
	Category    int      `json:"category_id,omitempty" toml:"category_id,omitempty"` // 0: none
	Width       int      `json:"width,omitempty" toml:"width,omitempty"`             // pixels, 0: as it is
	Expiration  string   `json:"expiration,omitempty" toml:"expiration,omitempty"`   // ISO 8601 as ParseExpiration returns it
	NSFW        bool     `json:"nsfw,omitempty" toml:"nsfw,omitempty"`
	UseFileDate bool     `json:"use_file_date,omitempty" toml:"use_file_date,omitempty"` // administrators only
}
