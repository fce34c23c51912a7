package stacks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	doctors "github.com/lifeboat-dr/lifeboat/pkg/doctor/account"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws/examine"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

const examplePlanFile = "../../examples/rds/lifeboat.yaml"

// theCLI is lifeboat as it is built for the version of the example's deployment.
var theCLI = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(scratch, "lifeboat")
	build := exec.Command("go", "build", "-ldflags", "-X main.version=0.0.0", "-o", binary, "github.com/lifeboat-dr/lifeboat/cmd/lifeboat")
	build.Stderr = os.Stderr
	return binary, build.Run()
})

// doctorOf runs the compiled command as an operator of an account, who reaches it
// over a connection.
func doctorOf(t *testing.T, w *template.World, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	binary, err := theCLI()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.Cloud())
	defer server.Close()
	cmd := exec.Command(binary, append([]string{"doctor", "--aws", "--plan", examplePlanFile}, args...)...)
	cmd.Env = append(os.Environ(), "LIFEBOAT_TEST_STANDINS=1", "AWS_ENDPOINT_URL="+server.URL, "AWS_ACCESS_KEY_ID="+simaws.AccessKey(w.Where().Account, template.Operator),
		"AWS_SECRET_ACCESS_KEY=secret", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_PROFILE=", "AWS_SESSION_TOKEN=")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errOut.String()
}

// TestDoctorByTheCLI: the compiled command looks at an account over a connection.
// The world's time is not that of this machine, so what counts days is not asked
// whether it is well.
func TestDoctorByTheCLI(t *testing.T) {
	folder := synthesized(t).folder
	p := admitted(t, folder)
	code, stdout, stderr := doctorOf(t, p.World, "--template", folder, "--only", "version,permissions,service-linked role,subscriptions")
	if code != 0 || !strings.Contains(stdout, "\npermissions\n  ok ") || !strings.Contains(stdout, " 0 wrong, 0 unknown") || strings.Contains(stdout, "\nkeys\n") {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
	if !strings.Contains(stderr, "looking at permissions") || strings.Contains(stdout+stderr, "\033[") {
		t.Errorf("%q", stderr)
	}

	code, stdout, stderr = doctorOf(t, p.World, "--template", folder, "--json")
	var r doctor.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != map[bool]int{true: 0, false: 1}[r.Healthy()] {
		t.Fatalf("exit %d, %v, %s%s", code, err, stdout, stderr)
	}
	if r.Where != "deployment prod, account "+account+", "+home {
		t.Errorf("%q", r.Where)
	}
	areas := map[string]int{}
	for _, l := range r.Lines {
		areas[l.Area]++
		if strings.HasPrefix(l.What, "not asked") {
			t.Errorf("%+v", l)
		}
	}
	if want := len(examinerOf(t, p, nil).Checks()); len(areas) != want {
		t.Errorf("%d of %d areas: %v", len(areas), want, areas)
	}
}

// TestDoctorOfAnotherAccount: what was synthesized for one account says nothing of
// another, and an assembly that is not there says nothing at all.
func TestDoctorOfAnotherAccount(t *testing.T) {
	p := admitted(t, synthesized(t).folder)
	code, stdout, _ := doctorOf(t, p.World, "--template", t.TempDir()+"/none")
	if code != 1 || !strings.Contains(stdout, "unknown  permissions  not asked: see assembly\n           $ make doctor PLAN="+examplePlanFile) {
		t.Errorf("exit %d, %s", code, stdout)
	}
	china := needed(t, shaped(t, "china").folder)
	elsewhere := examinerOf(t, p, func(o *examine.Options) {
		o.Needs = func(context.Context) (doctors.Needs, error) { return china, nil }
	})
	lines := doctor.Examine(context.Background(), p.Now(), "", elsewhere.Checks()).Lines
	if lines[1].State != doctor.Wrong || lines[1].Command == "" || lines[2].State != doctor.Unknown {
		t.Errorf("%+v", lines[:3])
	}
}

// worldClock tells the time in a world, or how late it will be.
type worldClock struct {
	*template.World
	later time.Duration
}

func (c worldClock) Now() time.Time { return c.World.Now().Add(c.later) }

func (worldClock) AfterFunc(time.Duration, func()) func() bool { panic("a doctor waits for nothing") }

// examinerOf is the doctor as the CLI wires it, in the world's own time.
func examinerOf(t *testing.T, p *patient, change func(*examine.Options)) *examine.Doctor {
	t.Helper()
	o := examine.Options{
		Plan: p.plan, PlanFile: "lifeboat.yaml", Version: p.version, Assembly: p.needs.Assembly.Folder, Clock: worldClock{p.World, 0},
		Needs:  func(context.Context) (doctors.Needs, error) { return p.needs, nil },
		Pause:  func(context.Context, time.Duration) error { return nil },
		Config: func(_ context.Context, region string) (aws.Config, error) { return p.SDK(region), nil },
	}
	if change != nil {
		change(&o)
	}
	d, err := examine.New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// linesIn are the lines of one area.
func linesIn(d *examine.Doctor, area string) (lines []doctor.Line) {
	for _, c := range d.Checks() {
		if c.Area == area {
			lines = append(lines, c.Run(context.Background())...)
		}
	}
	return lines
}

// settled is an account in which every round has come, and no alarm waits for one.
func settled(t *testing.T) *patient {
	p := admitted(t, synthesized(t).folder)
	if err := p.Pass(3 * time.Hour); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDoctorAsWired: all that the CLI asks is well where all is.
func TestDoctorAsWired(t *testing.T) {
	p := settled(t)
	r := doctor.Examine(context.Background(), p.Now(), "", examinerOf(t, p, nil).Checks())
	for _, l := range r.Lines {
		if l.State != doctor.OK {
			t.Errorf("%+v", l)
		}
	}
}

var policyRE = regexp.MustCompile("(?s)```json\n(.*?)\n```")

// standingReady is what a deployment needs whose plan says that something of each
// kind stands ready. What is not there is asked for all the same.
func standingReady(n doctors.Needs) doctors.Needs {
	n.Plan.Workloads = slices.Clone(n.Plan.Workloads)
	w := &n.Plan.Workloads[0]
	w.Topology, w.Databases = plan.WarmStandby, slices.Clone(w.Databases)
	w.Databases[0].Replica = "orders-replica"
	w.Standby = &plan.Standby{
		Services: []string{
			n.Names.ARN("ecs", "service/orders/web"), n.Names.ARN("autoscaling", "autoScalingGroup:1:autoScalingGroupName/workers"),
		},
		HealthChecks: []plan.HealthCheck{{ID: "01234567-89ab-cdef-0123-456789abcdef", Interval: plan.Duration(30 * time.Second), Threshold: 3}},
		Record:       &plan.Record{Name: "orders.example.com", Zone: "Z0123456789ABCDEFGHIJ", TTL: plan.Duration(time.Minute)},
	}
	return n
}

// TestPermissionsOfADoctor: who has no more than the policy that docs/doctor.md shows
// is answered everything, and every action in it is needed.
func TestPermissionsOfADoctor(t *testing.T) {
	page, err := os.ReadFile("../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := policyRE.FindSubmatch(page)
	if shown == nil {
		t.Fatal("docs/doctor.md shows no policy")
	}
	p := settled(t)
	ask := func() []doctor.Line {
		examiner := examinerOf(t, p, func(o *examine.Options) {
			o.Needs = func(context.Context) (doctors.Needs, error) { return standingReady(p.needs), nil }
		})
		return doctor.Examine(context.Background(), p.Now(), "", examiner.Checks()).Lines
	}
	want := ask()
	p.Restrict(shown[1])
	before := len(p.Cloud().Calls())
	if diff := cmp.Diff(want, ask()); diff != "" {
		t.Errorf("without more than that (-want +got):\n%s", diff)
	}
	called := map[string]bool{"Decrypt": true, "ListBucketVersions": true} // S3 asks the one, and calls the other ListObjectVersions
	for _, call := range p.Cloud().Calls()[before:] {
		called[call.Operation] = true
	}
	var policy struct {
		Statement []struct{ Action []string }
	}
	if err := json.Unmarshal(shown[1], &policy); err != nil {
		t.Fatal(err)
	}
	for _, action := range policy.Statement[0].Action {
		if _, operation, _ := strings.Cut(action, ":"); !called[operation] {
			t.Errorf("%s was not needed", action)
		}
	}
}
