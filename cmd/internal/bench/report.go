package main

import (
	"fmt"
	"strings"
	"time"
)

// section is one measure: what was measured and against whom, in two
// sentences, and what came of it.
type section struct {
	title string
	words string
	rows  []row
}

// row is a line of the table.
type row struct {
	what    string
	ours    string
	against string // the other and what it took
	result  string // what the target is about
	target  string
	met     bool
}

// timesRow compares two times; the target is the ratio.
func timesRow(what string, ours time.Duration, whom string, theirs time.Duration, most float64) row {
	r := ratio(ours, theirs)
	return row{
		what: what, ours: ms(ours), against: whom + " " + ms(theirs),
		result: fmt.Sprintf("%.2f times", r), target: fmt.Sprintf("at most %.2f times", most), met: r <= most,
	}
}

// timeRow has a time of ours and nobody beside it.
func timeRow(what string, ours, most time.Duration) row {
	return row{what: what, ours: ms(ours), result: ms(ours), target: "at most " + ms(most), met: ours <= most}
}

// memoryRow has memory of ours and nobody beside it.
func memoryRow(what string, ours, most int64) row {
	return row{what: what, ours: mb(ours), result: mb(ours), target: "at most " + mb(most), met: ours <= most}
}

// table writes all rows as Markdown.
func table(sections []section) string {
	var b strings.Builder
	b.WriteString("| measure | Upshot | beside it | result | target | |\n|---|---|---|---|---|---|\n")
	for _, s := range sections {
		for _, r := range s.rows {
			verdict := "met"
			switch {
			case r.target == "":
				verdict = ""
			case !r.met:
				verdict = "**missed**"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.what, r.ours, r.against, r.result, r.target, verdict)
		}
	}
	return b.String()
}

// page is docs/benchmarks.md.
func page(m machine, sections []section) string {
	var b strings.Builder
	b.WriteString("# Benchmarks\n\nWritten by `make bench BENCH_FLAGS=--write`; run it on your own machine and compare.\n" +
		"Contenders took turns in one run, medians are compared, and the host that all of them sent to was a process of its own\n" +
		"on the same machine, which reports no checksum.\n\n")
	b.WriteString(m.String())
	b.WriteString("\n" + table(sections))
	b.WriteString("\n## What was measured, and against whom\n")
	for _, s := range sections {
		fmt.Fprintf(&b, "\n**%s.** %s\n", s.title, s.words)
	}
	return b.String()
}

func ms(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.0f ms", float64(d)/1e6)
	default:
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	}
}

func mb(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
