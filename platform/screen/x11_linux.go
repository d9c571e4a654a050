package screen

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"math/bits"
	"os"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xinerama"
	"github.com/jezek/xgb/xproto"
)

// xScreen is the root window of an X server.
type xScreen struct {
	conn   *xgb.Conn
	setup  *xproto.SetupInfo
	screen *xproto.ScreenInfo
}

func open() (source, error) {
	if os.Getenv("DISPLAY") == "" {
		return nil, errNoScreen
	}
	// It writes to stderr about every missing Xauthority and every server
	// that goes.
	xgb.Logger.SetOutput(io.Discard)
	conn, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("the screen cannot be reached: %w", errors.ErrUnsupported)
	}
	setup := xproto.Setup(conn)
	return &xScreen{conn, setup, setup.DefaultScreen(conn)}, nil
}

func (x *xScreen) close() { x.conn.Close() }

func (x *xScreen) root() image.Rectangle {
	return image.Rect(0, 0, int(x.screen.WidthInPixels), int(x.screen.HeightInPixels))
}

func (x *xScreen) monitors() []image.Rectangle {
	// Xinerama has no events and no errors of its own, so starting it does
	// not write to the tables that all connections share. RandR has.
	if err := xinerama.Init(x.conn); err != nil {
		return []image.Rectangle{x.root()}
	}
	reply, err := xinerama.QueryScreens(x.conn).Reply()
	if err != nil || reply == nil {
		return []image.Rectangle{x.root()}
	}
	var all []image.Rectangle
	for _, s := range reply.ScreenInfo {
		origin := image.Pt(int(s.XOrg), int(s.YOrg))
		r := image.Rectangle{origin, origin.Add(image.Pt(int(s.Width), int(s.Height)))}
		if !r.Empty() {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return []image.Rectangle{x.root()}
	}
	return all
}

func (x *xScreen) grab(r image.Rectangle) (*frame, error) {
	layout, err := x.layout()
	if err != nil {
		return nil, err
	}
	part := r.Intersect(x.root()) // asking for more would be an error
	if part.Empty() {
		return blackFrame(r.Size()), nil
	}
	reply, err := xproto.GetImage(x.conn, xproto.ImageFormatZPixmap, xproto.Drawable(x.screen.Root),
		int16(part.Min.X), int16(part.Min.Y), uint16(part.Dx()), uint16(part.Dy()), 0xffffffff).Reply()
	if err != nil {
		return nil, fmt.Errorf("take the picture: %w", err)
	}
	if reply == nil {
		return nil, errNoScreen // the server has gone
	}
	stride := layout.stride(part.Dx())
	if len(reply.Data) < stride*part.Dy() {
		return nil, fmt.Errorf("take the picture: the screen sent %d bytes for %v", len(reply.Data), part)
	}
	inside := part.Sub(r.Min)
	return &frame{size: r.Size(), rgb: func(y int, row []byte) {
		clear(row)
		if y < inside.Min.Y || y >= inside.Max.Y {
			return
		}
		line := reply.Data[(y-inside.Min.Y)*stride:][:stride]
		layout.rgb(row[inside.Min.X*3:inside.Max.X*3], line)
	}}, nil
}

func blackFrame(size image.Point) *frame {
	return &frame{size: size, rgb: func(_ int, row []byte) { clear(row) }}
}

// pixelLayout is how the server packs a pixel.
type pixelLayout struct {
	bytes, pad       int
	order            binary.ByteOrder
	red, green, blue channel
	plain            bool // four bytes: blue, green, red, nothing
}

// channel is where a colour is in a pixel.
type channel struct{ shift, width int }

func (x *xScreen) layout() (*pixelLayout, error) {
	l := &pixelLayout{order: binary.LittleEndian}
	if x.setup.ImageByteOrder == xproto.ImageOrderMSBFirst {
		l.order = binary.BigEndian
	}
	for _, f := range x.setup.PixmapFormats {
		if f.Depth == x.screen.RootDepth {
			l.bytes, l.pad = int(f.BitsPerPixel)/8, int(f.ScanlinePad)/8
		}
	}
	for _, d := range x.screen.AllowedDepths {
		for _, v := range d.Visuals {
			if v.VisualId == x.screen.RootVisual && v.Class == xproto.VisualClassTrueColor {
				l.red, l.green, l.blue = maskChannel(v.RedMask), maskChannel(v.GreenMask), maskChannel(v.BlueMask)
			}
		}
	}
	if l.red.width == 0 || l.pad == 0 || (l.bytes != 2 && l.bytes != 4) {
		return nil, fmt.Errorf("a screen of %d bits a pixel cannot be captured: %w", x.screen.RootDepth, errors.ErrUnsupported)
	}
	l.plain = l.bytes == 4 && l.order == binary.LittleEndian &&
		l.red == channel{16, 8} && l.green == channel{8, 8} && l.blue == channel{0, 8}
	return l, nil
}

func maskChannel(mask uint32) channel {
	return channel{bits.TrailingZeros32(mask), bits.OnesCount32(mask)}
}

func (l *pixelLayout) stride(width int) int {
	return (width*l.bytes + l.pad - 1) / l.pad * l.pad
}

// rgb unpacks a line.
func (l *pixelLayout) rgb(row, line []byte) {
	if l.plain {
		for i, j := 0, 0; i+3 <= len(row); i, j = i+3, j+4 {
			src, dst := line[j:j+4:j+4], row[i:i+3:i+3]
			dst[0], dst[1], dst[2] = src[2], src[1], src[0]
		}
		return
	}
	for i, j := 0, 0; i+3 <= len(row); i, j = i+3, j+l.bytes {
		var v uint32
		if l.bytes == 2 {
			v = uint32(l.order.Uint16(line[j:]))
		} else {
			v = l.order.Uint32(line[j:])
		}
		row[i], row[i+1], row[i+2] = l.red.of(v), l.green.of(v), l.blue.of(v)
	}
}

// of spreads a channel of any width over a byte.
func (c channel) of(v uint32) byte {
	top := uint32(1)<<c.width - 1
	return byte(((v>>c.shift&top)*255 + top/2) / top)
}
