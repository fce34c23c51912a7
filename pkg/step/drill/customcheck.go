package drillstep

import (
	"context"
	"encoding/json"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// CustomAnswer is what became of a call of the team's own function.
type CustomAnswer struct {
	Answer json.RawMessage `json:"answer"` // null where the call failed
	Error  string          `json:"error"`  // name of its error; empty: none
	// StartedAt is when the machine entered the state that called it.
	StartedAt time.Time `json:"startedAt"`
}

// customFigures are the members of an answer that are kept. Reason is the
// team's own text and goes to the evidence as it is, so it is cut short.
type customFigures struct {
	Passed *bool  `json:"passed"`
	Figure any    `json:"figure"`
	Reason string `json:"reason"`
}

const maxCustomReason = 200 // bytes

// customIsDue tells whether the team's own function is still to be asked.
func customIsDue(spec drill.Spec, facts []drill.Fact) bool {
	return spec.CustomCheck != nil && !answered(facts, spec.CustomCheck.Name)
}

func askCustom(next Progress) ValidateDataOut {
	next.Next = NextCustom
	return ValidateDataOut{next}
}

// recordCustom turns the answer of the team's own function into the result of
// a check, and returns the facts with it.
func (s ValidateData) recordCustom(ctx context.Context, in ValidateDataIn, facts []drill.Fact) ([]drill.Fact, error) {
	if in.Custom == nil || !customIsDue(in.Spec, facts) {
		return facts, nil
	}
	result := customResult(*in.Spec.CustomCheck, *in.Custom)
	result.Seconds = max(0, s.Clock.Now().Sub(in.Custom.StartedAt).Seconds())
	fact := drill.Fact{Kind: drill.FactCheckFinished, Check: &result}
	return append(facts, fact), s.append(ctx, in.Run, fact)
}

func customResult(check drill.CustomCheck, answer CustomAnswer) drill.CheckResult {
	r := drill.CheckResult{Name: check.Name, Kind: drill.CheckCustom, Stage: drill.Gate, Expected: "passed", StartedAt: answer.StartedAt, Outcome: drill.CheckError}
	if answer.Error != "" {
		r.Code, r.Reason = answer.Error, "the function "+check.Function+" failed"
		return r
	}
	var figures customFigures
	if err := json.Unmarshal(answer.Answer, &figures); err != nil || figures.Passed == nil {
		r.Reason = "the function " + check.Function + ` did not answer with {"passed": true or false}`
		return r
	}
	r.Reason = figures.Reason[:min(len(figures.Reason), maxCustomReason)]
	switch figure := figures.Figure.(type) {
	case float64, bool:
		r.Figure = figure
	}
	r.Passed, r.Outcome = *figures.Passed, drill.CheckFailed
	if r.Passed {
		r.Outcome = drill.CheckPassed
	}
	return r
}
