package plan

import (
	"slices"
	"time"
)

// waitMargin is what an attempt of a wait may take beside the wait.
const waitMargin = Duration(5 * time.Minute)

// recovering is the plan's recovery section with its defaults; nil where no workload
// declares a recovery, as plans of before there were any.
func (p Plan) recovering() *Recovering {
	onAWS, here := p.RecoversOnAWS(), len(p.Recovered(false)) > 0
	if !onAWS && !here {
		return nil
	}
	r := Recovering{}
	if p.Recovery != nil {
		r = *p.Recovery
	}
	r.Decision = Duration(p.DecisionTime(false))
	if onAWS && r.Schedule == "" {
		r.Schedule = p.ExerciseSchedule()
	}
	return &r
}

// normalised is the graph of the workload with every default that does not follow
// from something else: how long a restore may take its database's limits say.
func (r *Recovery) normalised(onAWS bool) *Recovery {
	if r == nil {
		return nil
	}
	steps := slices.Clone(r.Steps)
	for i := range steps {
		s := &steps[i]
		kind := StepKindOf(s.Kind)
		if s.Timeout == 0 && s.Kind == StepWait {
			s.Timeout = s.For + waitMargin
		}
		if s.Timeout == 0 {
			s.Timeout = Duration(kind.Timeout)
		}
		if s.Kind == StepEndpoint && onAWS && s.Store == "" {
			s.Store = StoreSSM
		}
		if s.Exercise != nil && *s.Exercise {
			s.Exercise = nil // what is the default has one hash
		}
	}
	return &Recovery{Steps: steps}
}

func (r *DatabaseRecovery) normalised() *DatabaseRecovery {
	if r == nil || r.Target == nil {
		return nil
	}
	t, on := *r.Target, true
	if t.MultiAZ == nil {
		t.MultiAZ = &on
	}
	if t.DeletionProtection == nil {
		t.DeletionProtection = &on
	}
	if t.BackupRetention == 0 {
		t.BackupRetention = defaultBackupRetention
	}
	return &DatabaseRecovery{Target: &t}
}
