package rds

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Login is where and as whom the checks get into the copy. With a managed
// password it has RDS make one (for PostgreSQL and MySQL the restore call
// cannot), which takes a minute or two and a change of the instance; with IAM
// it returns no password: the token is made elsewhere.
//
// It can be repeated, and returns at once: NotReady while the password is
// being made. RDS owns the secret, rotates it, and removes it with the
// instance. Errors: NotReady, RestoreFailed where the copy is not as it was
// asked for any more, ValidationImpossible, Throttled, Transient.
//
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
func (a *Adapter) Login(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (endpoint drill.Endpoint, user, password string, err error) {
	s, err := source(spec)
	if err != nil {
		return drill.Endpoint{}, "", "", err
	}
	instance, err := a.instance(ctx, s.Region(), res.ID)
	if is(err, "DBInstanceNotFound") {
		return drill.Endpoint{}, "", "", notReady(err, "instance %s cannot be seen", res.ID)
	}
	if err != nil {
		return drill.Endpoint{}, "", "", named(drill.ValidationImpossible, err, "looking at instance %s", res.ID)
	}
	if endpoint, err = endpointOf(*instance, s); err != nil {
		return drill.Endpoint{}, "", "", err
	}
	// Before anything is changed: it may only be the copy.
	if err := assertPosture(*instance, run, s); err != nil {
		return drill.Endpoint{}, "", "", err
	}
	if s.Login == drill.LoginIAM {
		if s.User == "" {
			return drill.Endpoint{}, "", "", &drill.Error{
				Name: drill.ValidationImpossible, What: spec.Name() + " logs in with IAM, and no user is named",
				Hint: "name the user in lifeboat.yaml: one that is granted rds_iam (PostgreSQL), or identified with AWSAuthenticationPlugin (MySQL)",
			}
		}
		return endpoint, s.User, "", nil
	}
	user, password, err = a.managedPassword(ctx, s, *instance)
	return endpoint, user, password, err
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

// managedPassword has RDS make a master password, or reads the one it made.
func (a *Adapter) managedPassword(ctx context.Context, s target, i types.DBInstance) (user, password string, err error) {
	id := aws.ToString(i.DBInstanceIdentifier)
	secret := i.MasterUserSecret
	if secret == nil || aws.ToString(secret.SecretArn) == "" {
		return "", "", a.askForPassword(ctx, s, id)
	}
	switch state := aws.ToString(secret.SecretStatus); state {
	case "active", "impaired": // impaired: it can be read, but not be rotated
	default:
		return "", "", notReady(nil, "the master password of instance %s is %s", id, state)
	}
	return a.readSecret(ctx, s, id, aws.ToString(secret.SecretArn))
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
	return notReady(err, "RDS makes a master password for instance %s", id)
}

// readSecret reads the current version. Nothing of it may reach an error.
func (a *Adapter) readSecret(ctx context.Context, s target, id, secret string) (user, password string, err error) {
	out, err := a.in(s.Region()).secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: &secret, VersionStage: aws.String("AWSCURRENT"),
	})
	// Not there yet, or between two versions.
	if is(err, "ResourceNotFoundException", "InvalidRequestException") {
		return "", "", notReady(err, "the master password of instance %s cannot be read yet", id)
	}
	if err != nil {
		return "", "", named(drill.ValidationImpossible, err, "reading the master password of instance %s", id)
	}
	var login struct{ Username, Password string }
	if json.Unmarshal([]byte(aws.ToString(out.SecretString)), &login) != nil || login.Username == "" || login.Password == "" {
		return "", "", &drill.Error{Name: drill.ValidationImpossible, What: fmt.Sprintf("the secret of instance %s holds no user and password", id)}
	}
	return login.Username, login.Password, nil
}

func notReady(err error, format string, args ...any) error {
	return &drill.Error{Name: drill.NotReady, What: fmt.Sprintf(format, args...), Err: err}
}
