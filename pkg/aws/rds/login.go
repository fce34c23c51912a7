package rds

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// PrepareLogin is where and as whom the checks get into the copy. With a managed
// password it has RDS make one (for PostgreSQL and MySQL the restore call
// cannot), which takes a minute or two and a change of the instance, and tells
// where it is kept; with IAM it names the user: the token is made elsewhere.
//
// It can be repeated, and returns at once: NotReady while the password is
// being made. RDS owns the secret, rotates it, and removes it with the
// instance. Errors: NotReady, RestoreFailed where the copy is not as it was
// asked for any more, CopyStopped, ValidationImpossible, Throttled, Transient.
//
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
func (a *Adapter) PrepareLogin(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (drill.Access, error) {
	s, err := source(spec)
	if err != nil {
		return drill.Access{}, err
	}
	instance, err := a.instance(ctx, s.Region(), res.ID)
	if is(err, "DBInstanceNotFound") {
		return drill.Access{}, notReady(err, "instance %s cannot be seen", res.ID)
	}
	if err != nil {
		return drill.Access{}, named(drill.ValidationImpossible, err, "looking at instance %s", res.ID)
	}
	endpoint, err := endpointOf(*instance, s)
	if err != nil {
		return drill.Access{}, err
	}
	// Before anything is changed: it may only be the copy.
	if err := assertPosture(*instance, run, s); err != nil {
		return drill.Access{}, err
	}
	if s.Login == drill.LoginIAM {
		if s.User == "" {
			return drill.Access{}, &drill.Error{
				Name: drill.ValidationImpossible, What: spec.Name() + " logs in with IAM, and no user is named",
				Hint: "name the user in lifeboat.yaml: one that is granted rds_iam (PostgreSQL), or identified with AWSAuthenticationPlugin (MySQL)",
			}
		}
		return drill.Access{Endpoint: endpoint, User: s.User}, nil
	}
	secret, err := a.managedPassword(ctx, s, *instance)
	if err != nil {
		return drill.Access{}, err
	}
	return drill.Access{Endpoint: endpoint, Secret: secret}, nil
}

// endpointOf is where the instance takes connections. The endpoint of an
// instance is its writer.
func endpointOf(i types.DBInstance, s target) (drill.Endpoint, error) {
	id, state := aws.ToString(i.DBInstanceIdentifier), aws.ToString(i.DBInstanceStatus)
	if e := ended(i, drill.ValidationImpossible); e != nil {
		return drill.Endpoint{}, e
	}
	engine := engines[aws.ToString(i.Engine)]
	if engine == "" {
		return drill.Endpoint{}, &drill.Error{Name: drill.ValidationImpossible, What: fmt.Sprintf("instance %s is of engine %q", id, aws.ToString(i.Engine)), Hint: supportedEngines}
	}
	if s.Login != drill.LoginIAM && resetting(i) {
		return drill.Endpoint{}, making(nil, "instance %s is %s", id, state)
	}
	if !serving[state] || i.Endpoint == nil || aws.ToString(i.Endpoint.Address) == "" {
		return drill.Endpoint{}, notReady(nil, "instance %s is %s", id, state)
	}
	fallback := "mysql" // the schema that every server of MySQL and MariaDB has
	if engine == "postgres" {
		fallback = "postgres"
	}
	return drill.Endpoint{
		Engine: engine, Host: aws.ToString(i.Endpoint.Address), Port: int(aws.ToInt32(i.Endpoint.Port)),
		Database: cmp.Or(s.Database, aws.ToString(i.DBName), fallback),
	}, nil
}

// resetting tells whether it is for the password alone that the instance is in its
// state: any other change, or a restart, would be waited for in a recovery too.
func resetting(i types.DBInstance) bool {
	beingMade := i.MasterUserSecret != nil && aws.ToString(i.MasterUserSecret.SecretStatus) == "creating"
	state := aws.ToString(i.DBInstanceStatus)
	return state == "resetting-master-credentials" || state == "modifying" && beingMade
}

// managedPassword has RDS make a master password, or tells the secret that it made.
func (a *Adapter) managedPassword(ctx context.Context, s target, i types.DBInstance) (secret string, err error) {
	id := aws.ToString(i.DBInstanceIdentifier)
	if i.MasterUserSecret == nil || aws.ToString(i.MasterUserSecret.SecretArn) == "" {
		return "", a.askForPassword(ctx, s, id)
	}
	switch state := aws.ToString(i.MasterUserSecret.SecretStatus); state {
	case "active", "impaired": // impaired: it can be read, but not be rotated
		return *i.MasterUserSecret.SecretArn, nil
	default:
		return "", making(nil, "the master password of instance %s is %s", id, state)
	}
}

// askForPassword changes the instance. Right after it became available RDS may
// still refuse: InvalidDBInstanceState.
func (a *Adapter) askForPassword(ctx context.Context, s target, id string) error {
	_, err := a.in(s.Region()).rds.ModifyDBInstance(ctx, &awsrds.ModifyDBInstanceInput{
		DBInstanceIdentifier: &id, ManageMasterUserPassword: aws.Bool(true), ApplyImmediately: aws.Bool(true),
	})
	if err != nil && !is(err, "InvalidDBInstanceState", "DBInstanceNotReady", "DBInstanceNotFound") {
		return named(drill.ValidationImpossible, err, "asking RDS for a master password of instance %s", id)
	}
	return making(err, "RDS makes a master password for instance %s", id)
}

// making is not ready for the sake of the drill's login alone: the instance serves.
func making(err error, format string, args ...any) error {
	return &drill.Error{Name: drill.NotReady, What: fmt.Sprintf(format, args...), Err: err, MakingLogin: true}
}

func notReady(err error, format string, args ...any) error {
	return &drill.Error{Name: drill.NotReady, What: fmt.Sprintf(format, args...), Err: err}
}
