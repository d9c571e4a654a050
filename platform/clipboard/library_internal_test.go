package clipboard

import (
	"fmt"
	"strings"
	"testing"
)

// TestHeadOfWindowsHTMLCountsItsBytes reads the head as other programs do.
func TestHeadOfWindowsHTMLCountsItsBytes(t *testing.T) {
	const part = "<b>Zürich</b>"
	page := string(htmlFormat([]byte(part)))
	var startPage, endPage, start, end int
	_, err := fmt.Sscanf(strings.ReplaceAll(page, "\r\n", "\n"), "Version:0.9\nStartHTML:%d\nEndHTML:%d\nStartFragment:%d\nEndFragment:%d\n",
		&startPage, &endPage, &start, &end)
	if err != nil || endPage != len(page) || !strings.HasPrefix(page[startPage:], "<html>") || page[start:end] != part {
		t.Errorf("%v: %q has its page at %d to %d, and the part at %d to %d", err, page, startPage, endPage, start, end)
	}
}
