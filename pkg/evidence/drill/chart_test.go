package drillevidence_test

import (
	"encoding/xml"
	"html"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"math"

	"pgregory.net/rapid"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

type drawing struct {
	Rects []struct {
		Class string  `xml:"class,attr"`
		X     float64 `xml:"x,attr"`
		Y     float64 `xml:"y,attr"`
		W     float64 `xml:"width,attr"`
		H     float64 `xml:"height,attr"`
	} `xml:"rect"`
	Texts []struct {
		Class  string  `xml:"class,attr"`
		X      float64 `xml:"x,attr"`
		Y      float64 `xml:"y,attr"`
		Anchor string  `xml:"text-anchor,attr"`
		Text   string  `xml:",chardata"`
	} `xml:"text"`
	Lines []struct {
		Class string  `xml:"class,attr"`
		X     float64 `xml:"x1,attr"`
		Y1    float64 `xml:"y1,attr"`
		Y2    float64 `xml:"y2,attr"`
	} `xml:"line"`
}

type failer interface{ Fatal(args ...any) }

func drawings(t failer, page string) []drawing {
	var list []drawing
	for _, svg := range regexp.MustCompile(`(?s)<svg class="chart".*?</svg>`).FindAllString(page, -1) {
		var d drawing
		if err := xml.Unmarshal([]byte(svg), &d); err != nil {
			t.Fatal(err, svg)
		}
		list = append(list, d)
	}
	return list
}

type box struct {
	what                     string
	left, right, top, bottom float64
}

// boxes of the texts, by a width per letter that is generous for 13 px.
func (d drawing) boxes() []box {
	var list []box
	for _, t := range d.Texts {
		width := 7.3 * float64(len([]rune(t.Text)))
		if strings.Contains(t.Class, "name") {
			width = 6.9 * float64(len([]rune(t.Text)))
		}
		b := box{what: t.Text, left: t.X, top: t.Y - 10, bottom: t.Y + 3}
		switch t.Anchor {
		case "middle":
			b.left -= width / 2
		case "end":
			b.left -= width
		}
		b.right = b.left + width
		list = append(list, b)
	}
	return list
}

func overlap(a, b box) bool {
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

// wellDrawn: every bar can be seen and lies in its columns, and no label runs
// into another one, off the page, or into a bar.
func wellDrawn(t interface {
	failer
	Errorf(string, ...any)
}, d drillevidence.Document, page string) {
	for _, drawn := range drawings(t, page) {
		boxes := drawn.boxes()
		for i, a := range boxes {
			if a.left < -6 || a.right > 766 {
				t.Errorf("%q runs off the page: %+v", a.what, a)
			}
			for _, b := range boxes[:i] {
				if overlap(a, b) {
					t.Errorf("%q and %q overlap", a.what, b.what)
				}
			}
			for _, r := range drawn.Rects {
				if overlap(a, box{left: r.X, right: r.X + r.W, top: r.Y, bottom: r.Y + r.H}) {
					t.Errorf("%q runs into a bar", a.what)
				}
			}
		}
		for _, r := range drawn.Rects {
			if math.IsNaN(r.X) || r.X < 149.9 || r.X+r.W > 655.2 || r.W < 0 || r.Class != "" && r.W < 1.9 {
				t.Errorf("a bar at %v, %v wide", r.X, r.W)
			}
		}
	}
}

func TestShortPhasesAreSeenAndLabelsStayApart(t *testing.T) {
	for name, d := range documents() {
		t.Run(name, func(t *testing.T) { wellDrawn(t, d, render(t, d)) })
	}
}

func TestAnyDrillIsWellDrawn(t *testing.T) {
	seconds := rapid.OneOf(rapid.Float64Range(0, 0.01), rapid.Float64Range(0, 10), rapid.Float64Range(0, 1e4), rapid.Float64Range(0, 1e7))
	rapid.Check(t, func(t *rapid.T) {
		d := passed().document()
		from := 0.0
		for i := range d.Timeline.Phases {
			p := &d.Timeline.Phases[i]
			p.Seconds = seconds.Draw(t, p.Phase)
			p.StartedAt, p.EndedAt = at(from), at(from+p.Seconds)
			p.UncertaintySeconds = p.Seconds * rapid.Float64Range(0, 1).Draw(t, "unsure")
			from += p.Seconds
			if p.InRTO {
				d.Objectives.RTO.ActualSeconds = pointer(from)
			}
		}
		d.Objectives.RTO.TargetSeconds = pointer(seconds.Draw(t, "rto"))
		d.Objectives.RPO.TargetSeconds = pointer(seconds.Draw(t, "rpo"))
		d.Objectives.RPO.ActualSeconds = pointer(seconds.Draw(t, "age"))
		d.Objectives.RPO.UncertaintySeconds = seconds.Draw(t, "age unsure")
		var page strings.Builder
		if err := drillevidence.Render(&page, d, ""); err != nil {
			t.Fatal(err)
		}
		wellDrawn(t, d, page.String())
	})
}

// Bars are as long as the phases, to the width of a line.
func TestTheTimelineIsToScale(t *testing.T) {
	d := passed().document()
	chart := drawings(t, render(t, d))[1]
	total := d.Timeline.Phases[6].EndedAt.Sub(d.Start.At).Seconds()
	i := 0
	for _, r := range chart.Rects {
		if r.Class != "phase" && r.Class != "apart" {
			continue
		}
		p := d.Timeline.Phases[i]
		i++
		want := max(p.Seconds/total*505, 3)
		if math.Abs(r.W-want) > 0.2 {
			t.Errorf("%s is %v wide, want %.1f", p.Phase, r.W, want)
		}
		if x := 150 + p.StartedAt.Sub(d.Start.At).Seconds()/total*505; math.Abs(r.X-x) > 0.2 {
			t.Errorf("%s begins at %v, want %.1f", p.Phase, r.X, x)
		}
	}
	if i != len(d.Timeline.Phases) {
		t.Errorf("%d bars for %d phases", i, len(d.Timeline.Phases))
	}
}

// WCAG 2.2 asks for 4.5 to 1 for text.
func TestTextHasContrast(t *testing.T) {
	css, err := os.ReadFile("../page/page.css")
	if err != nil {
		t.Fatal(err)
	}
	palettes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(string(css), -1)
	if len(palettes) != 3 {
		t.Fatalf("%d palettes: light, dark and print are expected", len(palettes))
	}
	for i, palette := range palettes {
		color := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6})`).FindAllStringSubmatch(palette[1], -1) {
			color[m[1]] = m[2]
		}
		for _, pair := range [][2]string{
			{"ink", "ground"}, {"muted", "ground"}, {"good", "ground"}, {"bad", "ground"}, {"target", "ground"}, {"ink", "soft"},
			{"good", "good-soft"}, {"warn", "warn-soft"}, {"bad", "bad-soft"}, {"ink", "good-soft"}, {"ink", "warn-soft"}, {"ink", "bad-soft"},
		} {
			if c := contrast(t, color[pair[0]], color[pair[1]]); c < 4.5 {
				t.Errorf("palette %d: %s on %s has contrast %.2f", i, pair[0], pair[1], c)
			}
		}
		for _, bar := range []string{"phase", "apart", "bad"} { // 3 to 1 for drawings
			if c := contrast(t, color[bar], color["ground"]); c < 2.8 {
				t.Errorf("palette %d: a %s bar has contrast %.2f", i, bar, c)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(hex string) float64 {
		var sum float64
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			c := float64(n) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum
	}
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func TestDurationsForPeople(t *testing.T) {
	// As they are read in the report: the reason column of the data's age.
	cases := map[float64]string{
		0: "0 s", 0.0001: "< 1 ms", 0.004: "4 ms", 0.9996: "1 s", 8.523: "8.52 s", 60: "60 s", 99.96: "100 s", 119: "119 s",
		120: "2 min", 725.3: "12 min 5 s", 3575: "59 min 35 s", 3599.6: "1 h", 3600: "1 h", 7290: "2 h 2 min", 85_200: "23 h 40 min", 86_399: "1 d", 86_400: "1 d", 93_600: "1 d 2 h", 31_536_000: "365 d",
	}
	for seconds, want := range cases {
		d := passed().document()
		d.Objectives.DataAge.TargetSeconds = pointer(seconds)
		page := html.UnescapeString(render(t, d))
		row := page[strings.Index(page, "Age of the newest data"):]
		if !strings.Contains(row[:strings.Index(row, "</tr>")], `<td class="num">`+want+"<") {
			t.Errorf("%v is not written %q", seconds, want)
		}
	}
}
