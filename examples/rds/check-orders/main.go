// Command check-orders is a customCheck: a Lambda function of a team's own that
// judges a restored copy. It logs in as RDS's master user, with the password
// that lifeboat had RDS make, and looks whether an order can be taken: what it
// writes is rolled back, and the copy is thrown away.
//
// docs/custom-checks.md says how it is deployed into the network of the copies.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/jackc/pgx/v5"

	"github.com/lifeboat-dr/lifeboat/pkg/rdsca"
)

// event is what the machine sends; it has more.
type event struct {
	Endpoint struct {
		Host     string `json:"host"`
		Port     uint16 `json:"port"`
		Database string `json:"database"`
	} `json:"endpoint"`
	Secret string `json:"secret"` // ARN of that of RDS's master user
}

// answer is judged like a check of stage gate. Reason goes into the evidence as
// it is: no rows, no secrets.
type answer struct {
	Passed bool   `json:"passed"`
	Figure int64  `json:"figure"`
	Reason string `json:"reason,omitempty"`
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	secrets := secretsmanager.NewFromConfig(cfg)
	lambda.Start(func(ctx context.Context, e event) (answer, error) {
		db, err := connect(ctx, secrets, e)
		if err != nil {
			return answer{}, err
		}
		defer db.Close(ctx)
		return judge(ctx, db)
	})
}

// judge takes an order for an existing customer.
func judge(ctx context.Context, db *pgx.Conn) (answer, error) {
	tx, err := db.Begin(ctx)
	if err != nil {
		return answer{}, fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback(ctx)
	var before, after int64
	if err := tx.QueryRow(ctx, "select count(*) from orders").Scan(&before); err != nil {
		return answer{}, fmt.Errorf("count the orders: %w", err)
	}
	if _, err := tx.Exec(ctx, "insert into orders (id, customer_id, created_at) select max(o.id) + 1, min(c.id), now() from orders o, customers c"); err != nil {
		return answer{Reason: "an order could not be taken"}, nil //nolint:nilerr // that is the answer
	}
	if err := tx.QueryRow(ctx, "select count(*) from orders").Scan(&after); err != nil {
		return answer{}, fmt.Errorf("count the orders: %w", err)
	}
	return answer{Passed: after == before+1, Figure: before}, nil
}

// connect logs in over TLS, and only to RDS.
func connect(ctx context.Context, secrets *secretsmanager.Client, e event) (*pgx.Conn, error) {
	if e.Secret == "" {
		return nil, errors.New("the copy has no managed password")
	}
	secret, err := secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &e.Secret})
	if err != nil {
		return nil, fmt.Errorf("read the password: %w", err)
	}
	var login struct{ Username, Password string }
	if json.Unmarshal([]byte(aws.ToString(secret.SecretString)), &login) != nil {
		return nil, errors.New("the secret holds no login")
	}
	roots, err := rdsca.Load(os.Getenv("LIFEBOAT_CA_BUNDLE")) // RDS's own where it is not set
	if err != nil {
		return nil, err
	}
	options, err := pgx.ParseConfig("")
	if err != nil {
		return nil, err
	}
	options.Host, options.Port, options.Database = e.Endpoint.Host, e.Endpoint.Port, e.Endpoint.Database
	options.User, options.Password = login.Username, login.Password
	options.TLSConfig, options.Fallbacks = &tls.Config{RootCAs: roots, ServerName: e.Endpoint.Host, MinVersion: tls.VersionTLS12}, nil
	db, err := pgx.ConnectConfig(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("connect to the copy: %w", err)
	}
	return db, nil
}
