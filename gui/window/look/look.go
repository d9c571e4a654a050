// Package look is the window's theme: Upshot's own colours and sizes over
// Fyne's, light and dark as the system wants it.
//
// It imports Fyne and nothing of ours, and starts no goroutine.
package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Names of our own colours, next to Fyne's.
const (
	Surface     fyne.ThemeColorName = "upshotSurface"     // rows, cards
	Rail        fyne.ThemeColorName = "upshotRail"        // the navigation
	Track       fyne.ThemeColorName = "upshotTrack"       // the empty part of a progress bar
	Accent      fyne.ThemeColorName = "upshotAccent"      // text and icons that invite
	AccentSoft  fyne.ThemeColorName = "upshotAccentSoft"  // behind Accent
	WarningSoft fyne.ThemeColorName = "upshotWarningSoft" // a banner that says something is up
	ErrorSoft   fyne.ThemeColorName = "upshotErrorSoft"   // a banner that says something went wrong
	InfoSoft    fyne.ThemeColorName = "upshotInfoSoft"    // a banner that only tells
	Toast       fyne.ThemeColorName = "upshotToast"       // a word in passing
	OnToast     fyne.ThemeColorName = "upshotOnToast"
)

// pair is a colour by light and by dark.
type pair struct{ light, dark color.NRGBA }

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

func rgba(hex uint32, alpha uint8) color.NRGBA {
	c := rgb(hex)
	c.A = alpha
	return c
}

// palette is every colour of the window. What is text on what ground, and
// that it can be read, is held by a test.
func palette(name fyne.ThemeColorName) (pair, bool) {
	switch name {
	case theme.ColorNameBackground:
		return pair{rgb(0xf6f6fb), rgb(0x14131c)}, true
	case Surface:
		return pair{rgb(0xffffff), rgb(0x1f1d2b)}, true
	case theme.ColorNameOverlayBackground, theme.ColorNameMenuBackground:
		return pair{rgb(0xffffff), rgb(0x2a283a)}, true // lighter than what it lies on
	case Rail, theme.ColorNameHeaderBackground:
		return pair{rgb(0xededf6), rgb(0x1a1925)}, true
	case theme.ColorNameForeground:
		return pair{rgb(0x1b1a2b), rgb(0xecebf6)}, true
	case theme.ColorNamePlaceHolder:
		return pair{rgb(0x5c5a73), rgb(0xa9a6c0)}, true
	case theme.ColorNameDisabled:
		return pair{rgb(0x5f5d78), rgb(0x9f9cb8)}, true
	case theme.ColorNamePrimary:
		return pair{rgb(0x5643e0), rgb(0x7f6ffb)}, true
	case theme.ColorNameForegroundOnPrimary:
		return pair{rgb(0xffffff), rgb(0x0d0a24)}, true
	case Accent, theme.ColorNameHyperlink:
		return pair{rgb(0x4e3bd8), rgb(0xa99dff)}, true
	case AccentSoft, theme.ColorNameSelection:
		return pair{rgb(0xe8e5ff), rgb(0x322c5c)}, true
	case theme.ColorNameFocus:
		return pair{rgba(0x5643e0, 0x40), rgba(0x9a8cff, 0x55)}, true
	case theme.ColorNameHover:
		return pair{rgba(0x1b1a2b, 0x0d), rgba(0xffffff, 0x12)}, true
	case theme.ColorNamePressed:
		return pair{rgba(0x1b1a2b, 0x1a), rgba(0xffffff, 0x24)}, true
	case theme.ColorNameButton:
		return pair{rgb(0xdddbec), rgb(0x38354f)}, true // to be seen on an overlay too
	case theme.ColorNameDisabledButton:
		return pair{rgb(0xecebf4), rgb(0x242231)}, true
	case theme.ColorNameInputBackground:
		return pair{rgb(0xf2f1f9), rgb(0x191724)}, true
	case theme.ColorNameInputBorder:
		return pair{rgb(0x8e8ba6), rgb(0x716d91)}, true
	case theme.ColorNameSeparator:
		return pair{rgb(0xe2e1ee), rgb(0x2d2b3d)}, true
	case theme.ColorNameScrollBar:
		return pair{rgba(0x5c5a73, 0x90), rgba(0xa9a6c0, 0x80)}, true
	case theme.ColorNameScrollBarBackground:
		return pair{rgba(0, 0), rgba(0, 0)}, true
	case theme.ColorNameShadow:
		return pair{rgba(0x1b1a2b, 0x30), rgba(0x000000, 0x80)}, true
	case Track:
		return pair{rgb(0xdfddec), rgb(0x37344b)}, true
	case theme.ColorNameSuccess:
		return pair{rgb(0x0d6e46), rgb(0x55d39b)}, true
	case theme.ColorNameForegroundOnSuccess:
		return pair{rgb(0xffffff), rgb(0x06281a)}, true
	case theme.ColorNameWarning:
		return pair{rgb(0x8a4b00), rgb(0xf2b45a)}, true
	case theme.ColorNameForegroundOnWarning:
		return pair{rgb(0xffffff), rgb(0x2b1800)}, true
	case theme.ColorNameError:
		return pair{rgb(0xb8231f), rgb(0xff8e86)}, true
	case theme.ColorNameForegroundOnError:
		return pair{rgb(0xffffff), rgb(0x330705)}, true
	case WarningSoft:
		return pair{rgb(0xfdf0d8), rgb(0x38290f)}, true
	case ErrorSoft:
		return pair{rgb(0xfde6e4), rgb(0x401d1f)}, true
	case InfoSoft:
		return pair{rgb(0xe8e6fd), rgb(0x292545)}, true
	case Toast:
		return pair{rgb(0x25233a), rgb(0xecebf6)}, true
	case OnToast:
		return pair{rgb(0xffffff), rgb(0x1b1a2b)}, true
	default:
		return pair{}, false
	}
}

// Theme is Upshot's look. The zero value is ready and is light or dark as the
// system is.
type Theme struct {
	Choice string // "light" or "dark", whatever the system is
}

var _ fyne.Theme = Theme{}

// Color returns our colour of that name, or Fyne's.
func (t Theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	switch t.Choice {
	case "light":
		variant = theme.VariantLight
	case "dark":
		variant = theme.VariantDark
	}
	p, ok := palette(name)
	switch {
	case !ok:
		return theme.DefaultTheme().Color(name, variant)
	case variant == theme.VariantLight:
		return p.light
	default:
		return p.dark
	}
}

// Font is Fyne's.
func (Theme) Font(style fyne.TextStyle) fyne.Resource { return theme.DefaultTheme().Font(style) }

// Icons that Fyne does not have.
const (
	IconOpen  fyne.ThemeIconName = "upshotOpen"  // a page opened in the browser
	IconSpeed fyne.ThemeIconName = "upshotSpeed" // how fast it may go
)

const (
	openSVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">
<path fill="#000000" d="M5 5h6v2H7v10h10v-4h2v6H5zM13 5h6v6h-2V8.4l-6.3 6.3-1.4-1.4L15.6 7H13z"/></svg>`
	speedSVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">
<path fill="#000000" d="M3 17.5a9 9 0 0 1 18 0h-2.2a6.8 6.8 0 0 0 -13.6 0zM10.6 16.2L16.4 10.6L13.4 18.1a1.7 1.7 0 1 1 -2.8 -1.9z"/></svg>`
)

// Icon is ours of that name, or Fyne's.
func (Theme) Icon(name fyne.ThemeIconName) fyne.Resource {
	switch name {
	case IconOpen:
		return theme.NewThemedResource(fyne.NewStaticResource("open.svg", []byte(openSVG)))
	case IconSpeed:
		return theme.NewThemedResource(fyne.NewStaticResource("speed.svg", []byte(speedSVG)))
	default:
		return theme.DefaultTheme().Icon(name)
	}
}

// Size is ours where roundness and rhythm are concerned.
func (Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNamePadding:
		return 5
	case theme.SizeNameInnerPadding:
		return 8
	case theme.SizeNameText:
		return 14
	case theme.SizeNameCaptionText:
		return 12
	case theme.SizeNameSubHeadingText:
		return 17
	case theme.SizeNameHeadingText:
		return 22
	case theme.SizeNameInputRadius, theme.SizeNameButtonRadius, theme.SizeNameSelectionRadius:
		return 8
	case theme.SizeNameCardRadius, theme.SizeNameDialogRadius, theme.SizeNamePopupRadius, theme.SizeNameMenuRadius:
		return 12
	case theme.SizeNameModalBlurRadius:
		return 0 // without a graphics card, a blur takes longer than a moment
	case theme.SizeNameScrollBar:
		return 10
	case theme.SizeNameScrollBarSmall:
		return 5
	default:
		return theme.DefaultTheme().Size(name)
	}
}

// Color returns a colour of the running theme, for what is drawn by hand.
func Color(name fyne.ThemeColorName) color.Color {
	s := fyne.CurrentApp().Settings()
	return s.Theme().Color(name, s.ThemeVariant())
}
