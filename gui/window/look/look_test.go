package look

import (
	"fmt"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

func TestTextCanBeReadOnEveryGroundItStandsOn(t *testing.T) {
	on := map[fyne.ThemeColorName][]fyne.ThemeColorName{
		theme.ColorNameForeground: {
			theme.ColorNameBackground, Surface, Rail, theme.ColorNameButton, theme.ColorNameInputBackground,
			WarningSoft, ErrorSoft, InfoSoft, AccentSoft, theme.ColorNameOverlayBackground, theme.ColorNameMenuBackground,
		},
		theme.ColorNamePlaceHolder: {
			theme.ColorNameBackground, Surface, theme.ColorNameOverlayBackground, Rail, theme.ColorNameInputBackground, WarningSoft, ErrorSoft, InfoSoft,
		},
		theme.ColorNameDisabled: {
			theme.ColorNameBackground, Surface, Rail, AccentSoft, theme.ColorNameOverlayBackground, theme.ColorNameDisabledButton,
		},
		theme.ColorNameForegroundOnPrimary: {theme.ColorNamePrimary},
		theme.ColorNameForegroundOnError:   {theme.ColorNameError},
		theme.ColorNameForegroundOnWarning: {theme.ColorNameWarning},
		theme.ColorNameForegroundOnSuccess: {theme.ColorNameSuccess},
		Accent:                             {theme.ColorNameBackground, Surface, Rail, AccentSoft, InfoSoft},
		theme.ColorNameSuccess:             {theme.ColorNameBackground, Surface, theme.ColorNameInputBackground},
		theme.ColorNameWarning:             {theme.ColorNameBackground, Surface, WarningSoft, AccentSoft, theme.ColorNameInputBackground, theme.ColorNameOverlayBackground},
		theme.ColorNameError:               {theme.ColorNameBackground, Surface, ErrorSoft, AccentSoft, theme.ColorNameOverlayBackground, theme.ColorNameInputBackground},
		OnToast:                            {Toast},
	}
	for variant, name := range map[fyne.ThemeVariant]string{theme.VariantLight: "light", theme.VariantDark: "dark"} {
		for text, grounds := range on {
			for _, ground := range grounds {
				t.Run(fmt.Sprintf("%s on %s, %s", text, ground, name), func(t *testing.T) {
					got := contrast(Theme{}.Color(text, variant), Theme{}.Color(ground, variant))
					if got < 4.5 {
						t.Errorf("contrast %.2f", got)
					}
				})
			}
		}
	}
}

func TestTheEdgesOfFieldsAndBarsCanBeSeen(t *testing.T) {
	for _, variant := range []fyne.ThemeVariant{theme.VariantLight, theme.VariantDark} {
		for edge, ground := range map[fyne.ThemeColorName]fyne.ThemeColorName{
			theme.ColorNameInputBorder: Surface, Accent: Track,
		} {
			if got := contrast(Theme{}.Color(edge, variant), Theme{}.Color(ground, variant)); got < 3 {
				t.Errorf("%s on %s: contrast %.2f", edge, ground, got)
			}
		}
	}
}

func TestAColourWeDoNotHaveIsFynes(t *testing.T) {
	test.NewTempApp(t)
	name := theme.ColorNameInnerWindowBorder
	if got, want := (Theme{}).Color(name, theme.VariantDark), theme.DefaultTheme().Color(name, theme.VariantDark); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	lin := func(v uint32) float64 {
		f := float64(v) / 0xffff
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(r) + 0.7152*lin(g) + 0.0722*lin(b)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}
