package makespan_test

import (
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// A graph of the proof, with what its steps take.
type drawn struct {
	seed    int
	width   int // how many steps a layer may have
	records []recovery.Record
	graph   recovery.Graph
}

const graphs = 500

// draw makes the graph of a seed: 5 to 200 steps in layers of at most 1 to 200, each
// after one to three steps of earlier layers, most of them of the one before. Steps
// take 1 to 600 s. Graph 0 has a chain of 60 before as many independent long ones,
// graph 1 is one chain of 200, and graph 2 goes wide.
func draw(seed int) drawn {
	r := rand.New(rand.NewPCG(15, uint64(seed))) //nolint:gosec // a fixed seed is the point
	d := drawn{seed: seed}
	if seed == 0 {
		d.width = 2
		for i := range 60 {
			d.add(i-1, fmt.Sprintf("w/chain-%02d", i), 30)
		}
		for i := range 60 {
			d.add(-1, fmt.Sprintf("w/long-%02d", i), 600)
		}
		return d.made()
	}
	steps := between(r, 5, 200)
	d.width = between(r, 1, 200)
	if seed == 1 {
		steps, d.width = 200, 1 // one after the other
	}
	if seed == 2 { // one, 198 at once when it is done, and one when these are
		d.width = 198
		long := strings.Repeat("x", 60)
		d.add(-1, "w/first-"+long, 60)
		last := recovery.Record{Node: recovery.Node{ID: "w/last-" + long, Kind: recovery.Wait}, Spec: recovery.Spec{WaitSeconds: 60}}
		for i := range 198 {
			d.add(0, fmt.Sprintf("w/%03d-%s", i, long), float64(between(r, 1, 600)))
			last.Node.After = append(last.Node.After, d.records[i+1].Node.ID)
		}
		d.records = append(d.records, last)
		return d.made()
	}
	var layers [][]int
	for made := 0; made < steps; {
		size := 1 + r.IntN(min(d.width, steps-made))
		var layer []int
		for range size {
			d.records = append(d.records, recovery.Record{
				Node: recovery.Node{ID: fmt.Sprintf("w/s%03d", made), Kind: recovery.Wait},
				Spec: recovery.Spec{WaitSeconds: float64(between(r, 1, 600))},
			})
			if len(layers) > 0 {
				for range 1 + r.IntN(3) {
					from := layers[len(layers)-1]
					if r.IntN(4) == 0 {
						from = layers[r.IntN(len(layers))]
					}
					d.records[made].Node.After = append(d.records[made].Node.After, d.records[from[r.IntN(len(from))]].Node.ID)
				}
			}
			layer = append(layer, made)
			made++
		}
		layers = append(layers, layer)
	}
	// Edges lead anywhere in the file, as in a plan of people's.
	r.Shuffle(len(d.records), func(i, j int) { d.records[i], d.records[j] = d.records[j], d.records[i] })
	return d.made()
}

func (d *drawn) add(after int, id string, seconds float64) {
	n := recovery.Node{ID: id, Kind: recovery.Wait}
	if after >= 0 {
		n.After = []string{d.records[after].Node.ID}
	}
	d.records = append(d.records, recovery.Record{Node: n, Spec: recovery.Spec{WaitSeconds: seconds}})
}

func (d drawn) made() drawn {
	for i := range d.records {
		d.records[i].Number = i + 1
		d.records[i].Spec.Workload = "w"
		d.records[i].Node.ExpectedSeconds, d.records[i].Node.Basis = d.records[i].Spec.WaitSeconds, "declared"
		d.records[i].Status = recovery.Status{State: recovery.Waiting, Attempt: 1}
	}
	g, err := recovery.GraphOf(d.records)
	if err != nil {
		panic(err)
	}
	d.graph = g
	return d
}

// between draws evenly on a logarithmic scale: small ones are as many as large ones.
func between(r *rand.Rand, least, most int) int {
	return int(math.Round(float64(least) * math.Pow(float64(most)/float64(least), r.Float64())))
}

func (d drawn) takes(n recovery.Node) float64 {
	i := slices.IndexFunc(d.records, func(r recovery.Record) bool { return r.Node.ID == n.ID })
	return d.records[i].Spec.WaitSeconds
}

// waves is what staged waves take, without any overhead: each wave has the steps
// whose dependencies are in earlier ones, and begins when the one before has ended.
func (d drawn) waves() float64 {
	level, longest := map[string]int{}, map[int]float64{}
	for _, n := range d.graph.Order() {
		for _, id := range n.After {
			level[n.ID] = max(level[n.ID], level[id]+1)
		}
		longest[level[n.ID]] = max(longest[level[n.ID]], d.takes(n))
	}
	sum := 0.0
	for _, seconds := range longest {
		sum += seconds
	}
	return sum
}

// oneMap is what one inline Map takes, without any overhead, in the best order: 40
// iterations run at once, and one that waits for others holds its place.
// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
func (d drawn) oneMap() float64 {
	places := make(ends, 40)
	done := map[string]float64{}
	last := 0.0
	for _, n := range d.graph.Order() {
		begin := heap.Pop(&places).(float64)
		for _, id := range n.After {
			begin = max(begin, done[id])
		}
		done[n.ID] = begin + d.takes(n)
		last = max(last, done[n.ID])
		heap.Push(&places, done[n.ID])
	}
	return last
}

type ends []float64

func (e ends) Len() int           { return len(e) }
func (e ends) Less(i, j int) bool { return e[i] < e[j] }
func (e ends) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *ends) Push(x any)        { *e = append(*e, x.(float64)) }
func (e *ends) Pop() any {
	old := *e
	x := old[len(old)-1]
	*e = old[:len(old)-1]
	return x
}
