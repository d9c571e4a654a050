package client

import (
	"errors"
	"strings"
	"testing"
)

func TestValidateTakesWhatAHostTakes(t *testing.T) {
	for name, p := range map[string]Params{
		"nothing":            {},
		"a title of 100":     {Title: strings.Repeat("é", 100)},
		"a long description": {Description: strings.Repeat("x", 65535)},
		"lines in it":        {Description: "one\ntwo\t<b>three</b>"},
		"tags":               {Tags: []string{"one", "two words", "Três", strings.Repeat("ß", 32)}},
		"an album":           {Album: "oF"},
		"all of it":          {Title: "My title", Tags: []string{"a"}, Album: "Zf9", Category: 999, Width: 32, Expiration: "P3D", NSFW: true, UseFileDate: true},
		"a short expiration": {Expiration: "30m"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := p.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestValidateSaysInWordsWhatIsWrong(t *testing.T) {
	for name, p := range map[string]Params{
		"a title of 101":           {Title: strings.Repeat("é", 101)},
		"a title of bad UTF-8":     {Title: "caf\xe9 x"},
		"a title of two lines":     {Title: "a\nb"},
		"a description of 65536":   {Description: strings.Repeat("x", 65536)},
		"a description, bad UTF-8": {Description: "\xff"},
		"a tag of 33":              {Tags: []string{strings.Repeat("x", 33)}},
		"a tag with a comma":       {Tags: []string{"a,b"}},
		"a tag with a slash":       {Tags: []string{"a/b"}},
		"a tag with a hash":        {Tags: []string{"#a"}},
		"an empty tag":             {Tags: []string{"a", " "}},
		"a tag of bad UTF-8":       {Tags: []string{"\xff"}},
		"an album's address":       {Album: "https://example.org/album/holiday.oF"},
		"an album's slug":          {Album: "holiday.oF"},
		"a negative category":      {Category: -1},
		"a negative width":         {Width: -5},
		"an expiration of seconds": {Expiration: "600"},
		"a lower case expiration":  {Expiration: "p3d"},
	} {
		t.Run(name, func(t *testing.T) {
			err := p.Validate()
			var e *Error
			if !errors.As(err, &e) || e.Kind != KindInvalid || e.Message == "" {
				t.Errorf("Validate() = %v", err)
			}
		})
	}
}
