package stacks_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
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
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	doctors "github.com/lifeboat-dr/lifeboat/pkg/doctor/account"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws/examine"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

const firstDeployment = "../../docs/first-deployment.md"

// newcomer goes through docs/first-deployment.md in a simulated account, with the
// compiled command, and notes what there is to be seen.
type newcomer struct {
	*template.World
	t      *testing.T
	folder string // of the assembly
	plan   string // its file
	server *httptest.Server
	seen   map[string]string
}

// What the page says is seen, is seen: its plan is deployed, drilled, stopped in the
// middle and left without a backup, as it says. With -update what is printed is
// written into the page.
func TestFirstDeployment(t *testing.T) {
	n := arrived(t)
	n.noted("plan", n.lifeboat(0, "plan", "--plan", n.plan))
	n.noted("unconfirmed", n.lifeboat(1, "doctor", "--aws", "--plan", n.plan, "--template", n.folder, "--only", "subscriptions"))
	n.pass(20 * time.Minute)
	n.lifeboat(0, "doctor", "--aws", "--plan", n.plan, "--template", n.folder, "--only", "subscriptions")
	n.asksTheDoctor("alarms lifeboat-scratch-sweeper-silent", "drills orders/orders-db", "unproven")
	n.pass(40 * time.Minute)

	n.noted("drill", n.lifeboat(0, "drill", "--world", "aws", "--plan", n.plan, "orders/orders-db"))
	n.noted("history", n.lifeboat(0, "history", "--world", "aws", "--plan", n.plan)+n.lifeboat(0, "evidence", "verify", "--world", "aws", "--plan", n.plan))
	n.asksTheDoctor("unproven rds:RestoreDBInstanceToPointInTime")
	if mails := n.told(); len(mails) > 0 {
		t.Errorf("a deployment that is merely new, and a drill that passed, tell of nothing: %v", mails)
	}

	machine, err := n.DrillMachine()
	if err != nil {
		t.Fatal(err)
	}
	x, err := n.Start(machine, "{}")
	if err != nil {
		t.Fatal(err)
	}
	n.pass(2 * time.Minute)
	n.Stop(x)
	n.pass(time.Hour)
	n.noted("stopped", n.only("PAGE orders/orders-db: stopped, cleaned up (scratch)"))

	if _, err := rds.NewFromConfig(n.SDK(home)).DeleteDBSnapshot(context.Background(), &rds.DeleteDBSnapshotInput{DBSnapshotIdentifier: aws.String("scratch-orders-manual-1")}); err != nil {
		t.Fatal(err)
	}
	before := len(n.told())
	n.lifeboat(2, "drill", "--world", "aws", "--plan", n.plan, "orders/orders-db")
	n.pass(15 * time.Minute)
	got := n.told()[before:]
	want := []string{"PAGE orders/orders-db: FailureClean (scratch)", `ALARM: "lifeboat-scratch-backup-age-orders/orders-db" in EU (Frankfurt)`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	n.noted("failed", n.only(want[0]))
	if left := n.Copies(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	n.compares()
}

var shownPlanRE = regexp.MustCompile("(?s)```yaml\n(.*?)\n```")

// arrived has the page's plan deployed, and its backup: a snapshot by hand, copied
// to the recovery region.
func arrived(t *testing.T) *newcomer {
	t.Helper()
	page, err := os.ReadFile(firstDeployment)
	if err != nil {
		t.Fatal(err)
	}
	shown := shownPlanRE.FindSubmatch(page)
	if shown == nil {
		t.Fatal("the page shows no plan")
	}
	n := &newcomer{t: t, plan: filepath.Join(t.TempDir(), "scratch.yaml"), seen: map[string]string{}}
	if err := os.WriteFile(n.plan, shown[1], 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := planfile.Load(n.plan)
	if err != nil {
		t.Fatal(err)
	}
	a, err := synthesize(t, loaded.Plan, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	n.folder = a.folder
	n.World = open(t, a.folder, func(o *template.Options) {
		o.Scenario = sim.Scenario{Time: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC), Backups: sim.Backups{
			NoReplica: true, Snapshots: []sim.Snapshot{{Kind: "manual", Age: sim.Duration(10 * time.Minute), CopiedAfter: sim.Duration(5 * time.Minute)}},
		}}
	})
	var one sync.Mutex
	n.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		if r.Header.Get("X-Amz-Target") == "AWSStepFunctions.GetExecutionHistory" { // whoever follows a drill waits
			n.pass(time.Minute)
		}
		n.Cloud().ServeHTTP(w, r)
	}))
	t.Cleanup(n.server.Close)
	var outputs strings.Builder
	for _, name := range []string{"Console", "Dashboard", "EvidenceLocation", "PagesTopic", "StartADrill", "StartAndFollow", "TicketsTopic", "Unconfirmed"} {
		fmt.Fprintf(&outputs, "lifeboat-scratch.%s = %s\n", name, a.output(t, name))
	}
	n.noted("outputs", outputs.String())
	return n
}

func (n *newcomer) pass(d time.Duration) {
	n.t.Helper()
	if err := n.Pass(d); err != nil {
		n.t.Error(err)
	}
}

// lifeboat runs the compiled command, and returns what it prints on stdout.
func (n *newcomer) lifeboat(code int, args ...string) string {
	n.t.Helper()
	binary, err := theCLI()
	if err != nil {
		n.t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), "LIFEBOAT_TEST_STANDINS=1", "AWS_ENDPOINT_URL="+n.server.URL, "AWS_ACCESS_KEY_ID="+simaws.AccessKey(n.Where().Account, template.Operator),
		"AWS_SECRET_ACCESS_KEY=secret", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_PROFILE=", "AWS_SESSION_TOKEN=")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		n.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		n.t.Errorf("lifeboat %v: exit %d\n%s%s", args, got, out.String(), errOut.String())
	}
	return out.String()
}

// asksTheDoctor holds that nothing is wrong, and that what is unknown begins so.
func (n *newcomer) asksTheDoctor(unknown ...string) {
	n.t.Helper()
	needs := needed(n.t, n.folder)
	d, err := examine.New(context.Background(), examine.Options{
		Plan: needs.Plan, PlanFile: "scratch.yaml", Version: "0.0.0", Assembly: n.folder, Clock: worldClock{n.World, 0},
		Needs:  func(context.Context) (doctors.Needs, error) { return needs, nil },
		Pause:  func(context.Context, time.Duration) error { return nil },
		Config: func(_ context.Context, region string) (aws.Config, error) { return n.SDK(region), nil },
	})
	if err != nil {
		n.t.Fatal(err)
	}
	met := map[string]bool{}
	for _, l := range doctor.Examine(context.Background(), n.Now(), "", d.Checks()).Lines {
		i := slices.IndexFunc(unknown, func(begins string) bool { return strings.HasPrefix(l.Area+" "+l.Subject, begins) })
		switch {
		case l.State == doctor.OK:
		case l.State == doctor.Unknown && i >= 0:
			met[unknown[i]] = true
		default:
			n.t.Errorf("%+v", l)
		}
	}
	if len(met) != len(unknown) {
		n.t.Errorf("unknown were %v, not %v", slices.Sorted(maps.Keys(met)), unknown)
	}
}

// inbox has the mails that came, but for those that ask for confirmation.
func (n *newcomer) inbox() []sns.Message {
	return slices.DeleteFunc(slices.Clone(n.Cloud().SNS.Inbox("you@example.com")), func(m sns.Message) bool { return strings.HasPrefix(m.Subject, "AWS Notification") })
}

// told are their subjects.
func (n *newcomer) told() (subjects []string) {
	for _, m := range n.inbox() {
		subjects = append(subjects, m.Subject)
	}
	return subjects
}

// only is the one mail of a subject.
func (n *newcomer) only(subject string) (text string) {
	n.t.Helper()
	for _, m := range n.inbox() {
		if m.Subject != subject {
			continue
		}
		if text != "" {
			n.t.Errorf("%s was told twice", subject)
		}
		text = "Subject: " + m.Subject + "\n\n" + m.Message
	}
	if text == "" {
		n.t.Errorf("nobody was told %s, but %v", subject, n.told())
	}
	return text
}

// differs is what is another one each time, and what the page has in its place.
var differs = []struct {
	is  *regexp.Regexp
	has string
}{
	{regexp.MustCompile(`orders-orders-db-\d{8}T\d{6}Z-[0-9a-f]{8}`), "orders-orders-db-20261126T100000Z-5f0c1d2e"},
	{regexp.MustCompile(`\blifeboat-scratch-[0-9a-f]{12}( |$)`), "lifeboat-scratch-0123456789ab$1"}, // a copy
	{regexp.MustCompile(`ask AWS \d+ questions`), "ask AWS 260 questions"},
	{regexp.MustCompile(`(?m)[ \t]+$`), ""},
}

// noted keeps what was seen for the page.
func (n *newcomer) noted(name, text string) {
	text = strings.NewReplacer(n.plan, "scratch.yaml", n.folder, "build/cdk.out").Replace(text)
	for _, d := range differs {
		text = d.is.ReplaceAllString(text, d.has)
	}
	n.seen[name] = strings.Trim(text, "\n")
}

// compares what was seen with what the page shows.
func (n *newcomer) compares() {
	n.t.Helper()
	page, err := os.ReadFile(firstDeployment)
	if err != nil {
		n.t.Fatal(err)
	}
	want := string(page)
	for name, text := range n.seen {
		before, rest, found := strings.Cut(want, "<!-- seen: "+name+" -->\n")
		_, after, closed := strings.Cut(rest, "<!-- end -->")
		if !found || !closed {
			n.t.Fatalf("the page has no place for %s", name)
		}
		want = before + "<!-- seen: " + name + " -->\n```text\n" + text + "\n```\n<!-- end -->" + after
	}
	if *update {
		if err := os.WriteFile(firstDeployment, []byte(want), 0o644); err != nil { //nolint:gosec // a page for people
			n.t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(page)); diff != "" {
		n.t.Errorf("docs/first-deployment.md shows something else: write it with -update (-seen +page):\n%s", diff)
	}
}
