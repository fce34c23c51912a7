package dynamodb_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/mototest"
	"github.com/lifeboat-dr/lifeboat/pkg/drill/drilltest"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// TestAgainstMoto runs the contracts against another model of DynamoDB. What
// moto does not do: it is always consistent, deletes nothing that has expired,
// loses no answers and does not know reserved words in every place.
func TestAgainstMoto(t *testing.T) {
	cfg := mototest.Start(t)
	for name, c := range drilltest.Journals {
		t.Run("journal/"+name, func(t *testing.T) { c.Test(t, drillstep.FactsIn(dynamodb.New(cfg, motoTable(t, cfg), nil))) })
	}
	for name, c := range drilltest.SlotTests {
		t.Run("slots/"+name, func(t *testing.T) { c.Test(t, twoProcesses(cfg, motoTable(t, cfg))) })
	}
	t.Run("history", func(t *testing.T) { testHistory(t, dynamodb.New(cfg, motoTable(t, cfg), nil)) })
	t.Run("tokens", func(t *testing.T) { testTokens(t, dynamodb.New(cfg, motoTable(t, cfg), nil)) })
}

// motoTable makes a table of the test's own.
func motoTable(t *testing.T, cfg aws.Config) string {
	t.Helper()
	name := "lifeboat-" + tableName(t)
	_, err := sdk.NewFromConfig(cfg).CreateTable(context.Background(), &sdk.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
		},
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}, {AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeS},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}
