package marker

import "io"

// gif puts a comment before the trailer: behind all frames it stands between
// nothing that belongs together, as a frame and its delay do. Comments came
// with version 89a.
func gif(src *io.SectionReader, mark []byte) ([]edit, error) {
	s := newStream(src)
	head, err := s.next(13)
	if err != nil {
		return nil, err
	}
	var edits []edit
	if string(head[3:6]) == "87a" {
		edits = []edit{{at: 3, cut: 3, put: []byte("89a")}}
	}
	if err := s.skip(colours(head[10])); err != nil {
		return nil, err
	}
	for picture := false; ; {
		b, err := s.byte()
		if err != nil {
			return nil, err
		}
		switch b {
		case ';': // trailer
			if !picture {
				return nil, damaged("the GIF has no picture")
			}
			comment := append([]byte{'!', 0xfe, byte(len(mark))}, mark...)
			return append(edits, edit{at: s.at - 1, put: append(comment, 0)}), nil
		case '!': // extension: its label
			err = s.skip(1)
		case ',': // frame: its place, its colours, the width of its codes
			picture = true
			var d []byte
			if d, err = s.next(9); err == nil {
				err = s.skip(colours(d[8]) + 1)
			}
		default:
			return nil, damaged("a part of the GIF is not where it should be")
		}
		if err == nil {
			err = s.blocks()
		}
		if err != nil {
			return nil, err
		}
	}
}

// blocks skips data blocks up to and with the empty one.
func (s *stream) blocks() error {
	for {
		n, err := s.byte()
		if err != nil || n == 0 {
			return err
		}
		if err := s.skip(int(n)); err != nil {
			return err
		}
	}
}

// colours is the length of the colour table that flags announce.
func colours(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}
