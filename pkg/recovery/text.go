package recovery

import (
	"fmt"
	"strings"
)

// What Mermaid draws unless whoever shows the chart allows more. The chart itself
// cannot. https://mermaid.js.org/config/schema-docs/config.html#maxedges
const mermaidEdges, mermaidText = 500, 50000

// TooMuchForMermaid says why programs that show charts may refuse this one; "": they
// do not.
func (g Graph) TooMuchForMermaid() string {
	arrows := 0
	for _, before := range g.before {
		arrows += len(before)
	}
	switch size := len(g.Mermaid()); {
	case arrows > mermaidEdges:
		return fmt.Sprintf("the chart has %d arrows, and Mermaid draws %d unless maxEdges is raised where it is shown", arrows, mermaidEdges)
	case size > mermaidText:
		return fmt.Sprintf("the chart has %d characters, and Mermaid reads %d unless maxTextSize is raised where it is shown", size, mermaidText)
	}
	return ""
}

// Mermaid is the graph as a flow chart, with what is expected of each step. What is
// on the critical path is marked.
// https://mermaid.js.org/syntax/flowchart.html
func (g Graph) Mermaid() string {
	p := g.Project()
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	name := func(i int) string { return fmt.Sprintf("s%d", i+1) }
	for i, n := range g.nodes {
		fmt.Fprintf(&b, "  %s[\"%s<br/>%s, %s\"]\n", name(i), quoted(n.ID), n.Kind, expected(n))
	}
	link, marked := 0, []string{}
	for i, n := range g.nodes {
		for _, j := range g.before[i] {
			fmt.Fprintf(&b, "  %s --> %s\n", name(j), name(i))
			if follows(p.Critical, g.nodes[j].ID, n.ID) {
				marked = append(marked, fmt.Sprint(link))
			}
			link++
		}
	}
	b.WriteString("  classDef critical stroke:#c00,stroke-width:3px\n")
	for i, n := range g.nodes {
		if p.Critical.Has(n.ID) {
			fmt.Fprintf(&b, "  class %s critical\n", name(i))
		}
	}
	if len(marked) > 0 {
		fmt.Fprintf(&b, "  linkStyle %s stroke:#c00,stroke-width:3px\n", strings.Join(marked, ","))
	}
	return b.String()
}

// quoted keeps what Mermaid would read as its own.
// https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
func quoted(text string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;").Replace(text)
}

func follows(p Path, first, second string) bool {
	for i := 1; i < len(p.Steps); i++ {
		if p.Steps[i-1] == first && p.Steps[i] == second {
			return true
		}
	}
	return false
}

func expected(n Node) string {
	if n.Basis == "" {
		return "nobody knows how long"
	}
	return spoken(n.ExpectedSeconds) + " " + n.Basis
}

// Text is the graph as a tree: each step stands under the one that it waits for
// longest, so that the critical path (*) is one branch; one that follows alone stands
// right below, not further in. What else a step comes after stands beside it. +5m is
// when it begins, >5m where nobody knows how much later.
func (g Graph) Text() string {
	p := g.Project()
	_, last := g.ends(func(n Node) float64 { return n.ExpectedSeconds })
	under := make(map[int][]int)
	for i := range g.nodes {
		under[last[i]] = append(under[last[i]], i)
	}
	var b strings.Builder
	var print func(i int, indent, branch string)
	print = func(i int, indent, branch string) {
		n := g.nodes[i]
		mark := " "
		if p.Critical.Has(n.ID) {
			mark = "*"
		}
		begins := "+" + spoken(p.Begins[n.ID])
		if p.Later[n.ID] {
			begins = ">" + spoken(p.Begins[n.ID])
		}
		fmt.Fprintf(&b, "%8s %s %s%s%s  %s, %s%s\n", begins, mark, indent, branch, n.ID, n.Kind, expected(n), g.also(i, last[i]))
		switch branch {
		case "├ ":
			indent += "│ "
		case "└ ":
			indent += "  "
		}
		for k, child := range under[i] {
			switch {
			case len(under[i]) == 1:
				print(child, indent, "") // a chain is a list, however long
			case k == len(under[i])-1:
				print(child, indent, "└ ")
			default:
				print(child, indent, "├ ")
			}
		}
	}
	for _, root := range under[-1] {
		print(root, "", "")
	}
	return b.String()
}

func (g Graph) also(i, shown int) string {
	var others []string
	for _, j := range g.before[i] {
		if j != shown {
			others = append(others, g.nodes[j].ID)
		}
	}
	if others == nil {
		return ""
	}
	return ", also after " + some(others)
}
