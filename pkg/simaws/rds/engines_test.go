package rds_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// What a region offers, read with the SDK, and what became of it.
func TestOffersOfARegion(t *testing.T) {
	ctx := context.Background()
	tests := map[string]struct {
		gone     *rds.Offer
		versions []string // available
		storage  []string // of the class
		restored bool
	}{
		"everything":      {nil, []string{"15.7"}, []string{"gp2", "gp3", "io1", "io2"}, true},
		"another class":   {&rds.Offer{Class: "db.m5.large"}, []string{"15.7"}, []string{"gp2", "gp3", "io1", "io2"}, true},
		"the class":       {&rds.Offer{Class: "db.t4g.medium"}, []string{"15.7"}, nil, false},
		"its storage":     {&rds.Offer{Class: "db.t4g.medium", Storage: "gp3"}, []string{"15.7"}, []string{"gp2", "io1", "io2"}, false},
		"the version":     {&rds.Offer{Engine: "postgres", Version: "15.7"}, nil, nil, false},
		"another version": {&rds.Offer{Engine: "postgres", Version: "15.6"}, []string{"15.7"}, []string{"gp2", "gp3", "io1", "io2"}, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, rds.Options{})
			if tc.gone != nil {
				l.rds.Withdraw(region, *tc.gone)
			}
			versions, err := l.client.DescribeDBEngineVersions(ctx, &sdk.DescribeDBEngineVersionsInput{Engine: aws.String("postgres"), EngineVersion: aws.String("15.7")})
			if err != nil {
				t.Fatal(err)
			}
			var available []string
			for _, v := range versions.DBEngineVersions {
				available = append(available, *v.EngineVersion)
			}
			options, err := l.client.DescribeOrderableDBInstanceOptions(ctx, &sdk.DescribeOrderableDBInstanceOptionsInput{Engine: aws.String("postgres"), EngineVersion: aws.String("15.7"), DBInstanceClass: aws.String("db.t4g.medium")})
			if err != nil {
				t.Fatal(err)
			}
			var storage []string
			for _, o := range options.OrderableDBInstanceOptions {
				storage = append(storage, *o.StorageType)
				if len(o.AvailabilityZones) != 3 {
					t.Errorf("zones %v", o.AvailabilityZones)
				}
			}
			_, err = l.client.RestoreDBInstanceFromDBSnapshot(ctx, &sdk.RestoreDBInstanceFromDBSnapshotInput{
				DBInstanceIdentifier: aws.String("x"), DBSnapshotIdentifier: aws.String("copy"), DBInstanceClass: aws.String("db.t4g.medium"), DBSubnetGroupName: aws.String("isolated"),
			})
			if !slices.Equal(available, tc.versions) || !slices.Equal(storage, tc.storage) || (err == nil) != tc.restored {
				t.Errorf("versions %v, storage %v, %v", available, storage, err)
			}
		})
	}
}

// A major version is supported for long unless somebody ends it; MariaDB has no
// extended support. What the catalogue does not have is not simulated.
func TestSupportOfMajorVersions(t *testing.T) {
	ctx, l := context.Background(), newLab(t, rds.Options{})
	l.rds.EndSupport(rds.Support{Engine: "postgres", Major: "13", Standard: start.AddDate(0, -1, 0), Extended: start.AddDate(3, 0, 0)})
	for engine, want := range map[[2]string][]string{
		{"postgres", "13"}:   {"open-source-rds-standard-support 2026-10-02", "open-source-rds-extended-support 2029-11-02"},
		{"postgres", "15"}:   {"open-source-rds-standard-support 2031-11-02", "open-source-rds-extended-support 2034-11-02"},
		{"mariadb", "10.11"}: {"open-source-rds-standard-support 2031-11-02"},
	} {
		out, err := l.client.DescribeDBMajorEngineVersions(ctx, &sdk.DescribeDBMajorEngineVersionsInput{Engine: &engine[0], MajorEngineVersion: &engine[1]})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range out.DBMajorEngineVersions[0].SupportedEngineLifecycles {
			got = append(got, string(s.LifecycleSupportName)+" "+s.LifecycleSupportEndDate.Format("2006-01-02"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", engine, diff)
		}
	}
	if _, err := l.client.DescribeDBMajorEngineVersions(ctx, &sdk.DescribeDBMajorEngineVersionsInput{}); err == nil {
		t.Error("there is no catalogue of all")
	}
}
