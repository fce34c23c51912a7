package monitor

import "github.com/lifeboat-dr/lifeboat/pkg/drill"

// worst is the least of a headroom over the databases of each workload. Where one
// is unknown nothing is said: the worst of the others would hide it.
type worst struct {
	name  string
	order []workload
	least map[workload]float64
	dark  map[workload]bool
}

type workload struct{ deployment, name string }

func (w *worst) of(s drill.Spec, headroom float64) {
	at := workload{s.Deployment, s.Workload}
	least, seen := w.least[at]
	if !seen {
		w.order, least = append(w.order, at), headroom
	}
	if w.least == nil {
		w.least = map[workload]float64{}
	}
	w.least[at] = min(least, headroom)
}

func (w *worst) unknown(s drill.Spec) {
	if w.dark == nil {
		w.dark = map[workload]bool{}
	}
	w.dark[workload{s.Deployment, s.Workload}] = true
}

func (w *worst) addTo(list *[]drill.Metric) {
	for _, at := range w.order {
		if w.dark[at] {
			continue
		}
		*list = append(*list, drill.Metric{
			Name: w.name, Unit: "Seconds", Value: w.least[at], Dimensions: map[string]string{"Deployment": at.deployment, "Workload": at.name},
		})
	}
}
