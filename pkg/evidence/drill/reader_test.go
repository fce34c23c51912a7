package drillevidence_test

import (
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

func TestReaderFindsWhatWasRecorded(t *testing.T) {
	a := newArchive()
	in := passed().input()
	in.ID = drill.RunID("arn:aws:states:eu-central-1:111122223333:execution:lifeboat-prod-drill:one")
	if _, err := (drillevidence.Recorder{Documents: a, Index: a}).Record(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	r := drillevidence.Reader{Documents: a, Place: "s3://bucket/"}
	const execution = "arn:aws:states:eu-central-1:111122223333:execution:lifeboat-prod-drill:one"
	got, err := r.Recorded(t.Context(), execution)
	if err != nil || got.Database != "orders/orders-db" || got.Ending != in.Verdict.Ending || got.Location != "s3://bucket/evidence/one.json" || len(got.Findings) != len(in.Verdict.Findings) {
		t.Errorf("%+v %v", got, err)
	}
	a.objects["evidence/two.json"] = a.objects["evidence/one.json"]
	if _, err := r.Recorded(t.Context(), strings.Replace(execution, ":one", ":two", 1)); err == nil {
		t.Error("the document of another execution was taken")
	}
	a.objects["evidence/two.json"] = "nonsense"
	if _, err := r.Recorded(t.Context(), strings.Replace(execution, ":one", ":two", 1)); err == nil {
		t.Error("nonsense was taken")
	}
}
