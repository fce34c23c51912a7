package aws_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdkdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	sdks3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws"
)

var (
	ctx   = context.Background()
	names = deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}
	noon  = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
)

// cloud is a deployment with the evidence of two databases: one-1 to one-4 and
// two-1 to two-4.
type cloud struct {
	t      *testing.T
	clock  *clock.Virtual
	cloud  *lab.Cloud
	cfg    awssdk.Config
	bucket *s3.Bucket
	table  *dynamodb.Table
}

func newCloud(t *testing.T, faults ...simaws.Fault) *cloud {
	t.Helper()
	c := &cloud{t: t, clock: clock.NewVirtual(noon)}
	c.cloud = lab.New(lab.Options{Options: simaws.Options{Clock: c.clock, Faults: faults}})
	c.cloud.DynamoDB.CreateTable(names.Account, names.Region, names.Table(), "pk", "sk")
	c.cloud.S3.CreateBucket(names.Account, names.Region, names.Bucket())
	c.cfg = awsconfig.New(awsconfig.Options{
		Region: names.Region, HTTPClient: &http.Client{Transport: c.cloud}, Pause: func(time.Duration) {},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(names.Account, "operator"), "secret", ""),
	})
	c.bucket = s3.New(c.cfg, s3.Options{Bucket: names.Bucket(), Retention: 24 * time.Hour, Clock: c.clock})
	c.table = dynamodb.New(c.cfg, names.Table(), nil)
	for n := range 4 {
		c.record("one", n+1, c.table)
		c.record("two", n+1, c.table)
	}
	return c
}

func (c *cloud) record(database string, n int, index drillevidence.Index) {
	c.t.Helper()
	if err := c.tryToRecord(database, n, index); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) tryToRecord(database string, n int, index drillevidence.Index) error {
	c.clock.Advance(time.Second)
	id := fmt.Sprintf("%s-%d", database, n)
	at := noon.AddDate(0, 0, n)
	recorder := drillevidence.Recorder{Documents: c.bucket, Index: index}
	_, err := recorder.Record(ctx, drill.EvidenceInput{
		ID: id, Run: drill.Run{ID: id, Deployment: "prod", StartedAt: at}, Spec: drill.Spec{Deployment: "prod", Workload: "shop", Database: database},
		Verdict: drill.Verdict{Ending: drill.Passed}, Removal: drill.Removal{Clean: true}, RecordedAt: at.Add(time.Minute),
	})
	return err
}

// cutOff is an index that a killed recording never reached.
type cutOff struct{ drillevidence.Index }

func (cutOff) AddHistory(context.Context, drill.HistoryEntry) error { return nil }

// unannounced is the index of somebody who writes to the bucket only.
type unannounced struct{ drillevidence.Index }

func (unannounced) Announce(context.Context, string, record.Next) error { return nil }

// world is the deployment as an operator opens it.
func (c *cloud) world() *aws.World {
	return aws.Open(aws.Options{Config: c.cfg, Deployment: "prod", Account: names.Account, Databases: []string{"shop/one", "shop/two"}, Clock: c.clock})
}

func (c *cloud) archive() world.Archive {
	return c.world().Evidence()
}

func (c *cloud) verify() (record.Report, error) {
	a := c.archive()
	items, err := a.Items(ctx)
	if err != nil {
		return record.Report{}, err
	}
	heads, err := a.KeptHeads(ctx, items)
	return record.Check(items, heads), err
}

func (c *cloud) s3() *sdks3.Client { return sdks3.NewFromConfig(c.cfg) }

func key(id string) *string { return awssdk.String("evidence/" + id + ".json") }

// erase removes all versions, as an administrator can, who lifts the lock.
func (c *cloud) erase(ids ...string) {
	c.t.Helper()
	for _, id := range ids {
		out, err := c.s3().ListObjectVersions(ctx, &sdks3.ListObjectVersionsInput{Bucket: awssdk.String(names.Bucket()), Prefix: key(id)})
		if err != nil {
			c.t.Fatal(err)
		}
		for _, v := range out.Versions {
			if _, err := c.s3().DeleteObject(ctx, &sdks3.DeleteObjectInput{
				Bucket: awssdk.String(names.Bucket()), Key: v.Key, VersionId: v.VersionId, BypassGovernanceRetention: awssdk.Bool(true),
			}); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

func (c *cloud) text(id string) string {
	c.t.Helper()
	text, err := c.bucket.Get(ctx, *key(id))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

func (c *cloud) put(id, text string) {
	c.t.Helper()
	if _, err := c.s3().PutObject(ctx, &sdks3.PutObjectInput{Bucket: awssdk.String(names.Bucket()), Key: key(id), Body: strings.NewReader(text)}); err != nil {
		c.t.Fatal(err)
	}
}

// forgetIndex removes all entries of a database.
func (c *cloud) forgetIndex(database string) {
	c.t.Helper()
	client := sdkdynamodb.NewFromConfig(c.cfg)
	pk := &types.AttributeValueMemberS{Value: "history#" + database}
	out, err := client.Query(ctx, &sdkdynamodb.QueryInput{
		TableName: awssdk.String(names.Table()), KeyConditionExpression: awssdk.String("pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": pk}, ConsistentRead: awssdk.Bool(true),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, i := range out.Items {
		if _, err := client.DeleteItem(ctx, &sdkdynamodb.DeleteItemInput{TableName: awssdk.String(names.Table()), Key: map[string]types.AttributeValue{"pk": pk, "sk": i["sk"]}}); err != nil {
			c.t.Fatal(err)
		}
	}
}

func TestTheBucketIsVerifiedByTheIndex(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		spoil  func(c *cloud)
		tail   record.Tail
		kind   record.Kind // of the first problem; "": nothing is wrong
		id     string      // that it is of
		note   string
	}{
		"whole":               {"", func(*cloud) {}, record.Proven, "", "", ""},
		"deleted":             {"a marker hides it", func(c *cloud) { c.mark("one-2") }, record.Proven, record.Unreadable, "one-2", ""},
		"newest deleted":      {"a marker hides it", func(c *cloud) { c.mark("one-4") }, record.Broken, record.Unreadable, "one-4", ""},
		"erased":              {"the next one names it", func(c *cloud) { c.erase("one-2") }, record.Proven, record.Missing, "one-2", ""},
		"cut tail":            {"the index names it", func(c *cloud) { c.erase("one-4", "one-3") }, record.Broken, record.Missing, "one-4", ""},
		"all of a database":   {"the plan names it, and the index", func(c *cloud) { c.erase("one-1", "one-2", "one-3", "one-4") }, record.Broken, record.Missing, "one-4", ""},
		"written again":       {"a document has one version", func(c *cloud) { c.put("two-2", c.text("two-2")) }, record.Proven, record.Unreadable, "two-2", ""},
		"newest made anew":    {"the index has its sum", func(c *cloud) { c.replace("two-4", "Passed", "Failed") }, record.Broken, record.Changed, "two-4", ""},
		"one made anew":       {"the next one has its sum", func(c *cloud) { c.replace("two-1", "Passed", "Failed") }, record.Proven, record.Changed, "two-1", ""},
		"a copy":              {"it is another's", func(c *cloud) { c.put("two-9", c.text("two-1")) }, record.Proven, record.Unreadable, "two-9", ""},
		"a forged one":        {"its place is taken", func(c *cloud) { c.put("two-9", strings.ReplaceAll(c.text("two-3"), "two-3", "two-9")) }, record.Broken, record.Added, "two-9", ""},
		"a folder in between": {"no ID", func(c *cloud) { c.put("a/b", "{}") }, record.Proven, record.Unreadable, "a/b", ""},
		"killed on the way":   {"it is said", func(c *cloud) { c.record("one", 5, cutOff{c.table}) }, record.Proven, "", "", "one-5 follows"},
		"killed, and went on": {"it was announced", func(c *cloud) { c.record("one", 5, cutOff{c.table}); c.record("one", 6, c.table) }, record.Proven, "", "", "goes on without it"},
		"changed after that": {"its sum was announced", func(c *cloud) {
			c.record("one", 5, cutOff{c.table})
			c.record("one", 6, c.table)
			c.replace("one-5", "Passed", "Failed")
		}, record.Broken, record.Changed, "one-5", ""},
		"killed before the put": {"or removed right after", func(c *cloud) { c.record("one", 5, cutOff{c.table}); c.erase("one-5") }, record.Unproven, "", "", "was cut off before"},
		"put after the newest":  {"nobody announced it", func(c *cloud) { c.record("one", 5, unannounced{cutOff{c.table}}) }, record.Broken, record.Added, "one-5", ""},
		"index gone":            {"nobody can know", func(c *cloud) { c.forgetIndex("shop/one") }, record.Unproven, "", "", "cannot be proven"},
		"a report beside them":  {"it is no document", func(c *cloud) { _, _ = c.bucket.Put(ctx, "evidence/one-1.html", "text/html", nil) }, record.Proven, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			tc.spoil(c)
			r, err := c.verify()
			if err != nil || r.Tail != tc.tail || r.Holds() != (tc.kind == "") {
				t.Fatalf("%s: %+v, %v", tc.reason, r, err)
			}
			if tc.kind != "" && (r.Problems[0].Kind != tc.kind || r.Problems[0].ID != tc.id) {
				t.Errorf("%s: %+v", tc.reason, r.Problems)
			}
			if notes := strings.Join(r.Chains[0].Notes, "\n"); !strings.Contains(notes, tc.note) || (tc.note == "") != (notes == "") {
				t.Errorf("%s: it says %q", tc.reason, notes)
			}
		})
	}
}

func (c *cloud) mark(id string) {
	c.t.Helper()
	if _, err := c.s3().DeleteObject(ctx, &sdks3.DeleteObjectInput{Bucket: awssdk.String(names.Bucket()), Key: key(id)}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) replace(id, from, to string) {
	c.t.Helper()
	text := c.text(id)
	c.erase(id)
	c.put(id, strings.Replace(text, from, to, 1))
}

// TestARecordingThatTheIndexNeverHeardOf: the table takes the announcement and
// refuses the entry. Nothing is called added, whether the recording is made again
// or later ones go on without it.
func TestARecordingThatTheIndexNeverHeardOf(t *testing.T) {
	const writes = 8*4 + 1 // of the eight before, and the announcement
	c := newCloud(t, simaws.Fault{On: "dynamodb:PutItem", Skip: writes, Times: 3})
	holds := func(when string, notes int) {
		t.Helper()
		r, err := c.verify()
		if err != nil || !r.Holds() || r.Tail != record.Proven || len(r.Chains[0].Notes) != notes || r.Chains[0].Documents < 5 {
			t.Errorf("%s: %+v, %v", when, r, err)
		}
	}
	if err := c.tryToRecord("one", 5, c.table); err == nil || len(c.cloud.UnusedFaults()) > 0 {
		t.Fatalf("it was recorded: %v, %v", err, c.cloud.UnusedFaults())
	}
	holds("cut off", 1)
	c.record("one", 6, c.table)
	holds("the next went on", 1)
	c.record("one", 5, c.table) // at last
	holds("made again", 1)
	c.record("one", 7, c.table)
	holds("and the one after that", 1)
}

// TestWhatCannotBeAskedIsNotTampered: a call that fails tells nothing of the
// evidence.
func TestWhatCannotBeAskedIsNotTampered(t *testing.T) {
	for _, call := range []string{"s3:ListObjectVersions", "s3:GetObject", "dynamodb:Query"} {
		t.Run(call, func(t *testing.T) {
			skip := 0
			if call == "dynamodb:Query" {
				skip = 8 // those of the recordings
			}
			c := newCloud(t, simaws.Fault{On: call, Times: 3, Skip: skip})
			r, err := c.verify()
			if !errors.As(err, new(record.Unavailable)) || drill.NameOf(err) == "" {
				t.Errorf("%+v, %v", r, err)
			}
			if left := c.cloud.UnusedFaults(); len(left) > 0 {
				t.Errorf("unused: %v", left)
			}
		})
	}
}

// TestOneDocumentIsReadByItself, without a look at all the others.
func TestOneDocumentIsReadByItself(t *testing.T) {
	c := newCloud(t)
	text, err := c.archive().Text(ctx, "two-3")
	if err != nil || string(text) != c.text("two-3") {
		t.Errorf("%s, %v", text, err)
	}
}
