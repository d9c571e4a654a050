package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/gui/window/look"
)

// Weight says how much a banner matters.
type Weight int

// The weights.
const (
	Tells   Weight = iota // good to know
	Warns                 // something waits
	Accuses               // something went wrong
)

// BannerModel is what a banner says. Models are compared with ==.
type BannerModel struct {
	Key      string // tells banners apart; its owner's
	Weight   Weight
	Headline string
	Hint     string
	Button   string // empty: none
	Close    bool   // can be put away
}

// Banner says what happened and what to do, above everything, in the way of nothing.
type Banner struct {
	widget.BaseWidget

	model    BannerModel
	ground   *Ground
	icon     *widget.Icon
	headline *widget.Label
	hint     *widget.Label
	button   *Button
	shut     *IconButton
}

// NewBanner makes a hidden one; its callbacks get the key of the banner shown.
func NewBanner(onButton, onClose func(key string)) *Banner {
	b := &Banner{
		ground:   NewGround(look.InfoSoft, 10),
		icon:     widget.NewIcon(theme.InfoIcon()),
		headline: widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true}),
		hint:     widget.NewLabel(""),
	}
	b.headline.Wrapping = fyne.TextWrapWord
	b.hint.Wrapping = fyne.TextWrapWord
	b.hint.SizeName = theme.SizeNameCaptionText
	b.button = NewButton("", func() { onButton(b.model.Key) })
	b.shut = NewIconButton(lang.L("Close"), theme.CancelIcon(), func() { onClose(b.model.Key) })
	b.ExtendBaseWidget(b)
	b.Hide()
	return b
}

// Model returns what the banner says.
func (b *Banner) Model() BannerModel { return b.model }

// Set says m; the zero model hides the banner.
func (b *Banner) Set(m BannerModel) {
	if m == b.model {
		return
	}
	b.model = m
	if m == (BannerModel{}) {
		b.Hide()
		return
	}
	switch m.Weight {
	case Accuses:
		b.ground.SetColor(look.ErrorSoft)
		b.icon.SetResource(theme.NewErrorThemedResource(theme.ErrorIcon()))
	case Warns:
		b.ground.SetColor(look.WarningSoft)
		b.icon.SetResource(theme.NewWarningThemedResource(theme.WarningIcon()))
	default:
		b.ground.SetColor(look.InfoSoft)
		b.icon.SetResource(theme.NewColoredResource(theme.InfoIcon(), look.Accent))
	}
	b.headline.SetText(m.Headline)
	b.hint.SetText(m.Hint)
	setVisible(b.hint, m.Hint != "")
	b.button.SetText(m.Button)
	setVisible(b.button, m.Button != "")
	setVisible(b.shut, m.Close)
	b.Show()
	b.Refresh()
}

// CreateRenderer lays the banner out.
func (b *Banner) CreateRenderer() fyne.WidgetRenderer {
	icon := container.New(layout.NewCustomPaddedLayout(8, 0, 10, 0), container.NewVBox(b.icon))
	words := container.New(layout.NewCustomPaddedVBoxLayout(-14), b.headline, b.hint)
	ends := container.New(layout.NewCustomPaddedLayout(0, 0, 0, 6), container.NewCenter(container.NewHBox(b.button, b.shut)))
	return widget.NewSimpleRenderer(container.NewStack(b.ground, container.NewBorder(nil, nil, icon, ends, words)))
}
