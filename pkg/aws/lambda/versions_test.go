package lambda

import (
	"archive/zip"
	"bytes"
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/mototest"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

func TestVersionsOnMoto(t *testing.T) {
	cfg, ctx := mototest.Start(t), context.Background()
	client, functions := sdk.NewFromConfig(cfg), New(cfg)
	if versions, err := functions.Versions(ctx, "nobody"); err != nil || len(versions) > 0 {
		t.Errorf("of a function that does not exist: %v, %v", versions, err)
	}
	_, err := client.CreateFunction(ctx, &sdk.CreateFunctionInput{
		FunctionName: aws.String("f"), Role: aws.String("arn:aws:iam::123456789012:role/r"), Handler: aws.String("bootstrap"),
		Runtime: types.RuntimeProvidedal2023, Code: &types.FunctionCode{ZipFile: archive(t, "0")},
	})
	if err != nil {
		t.Skipf("this moto makes no function: %v", err)
	}
	for _, content := range []string{"1", "2", "3"} {
		if _, err := client.UpdateFunctionCode(ctx, &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("f"), ZipFile: archive(t, content)}); err != nil {
			t.Fatal(err)
		}
		if _, err := client.PublishVersion(ctx, &sdk.PublishVersionInput{FunctionName: aws.String("f")}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // removing twice is no error
		if err := functions.RemoveVersion(ctx, "f", 2); err != nil {
			t.Fatal(err)
		}
	}
	versions, err := functions.Versions(ctx, "f")
	if diff := cmp.Diff([]int{1, 3}, slices.Sorted(maps.Keys(versions))); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestTheFunctionItselfIsNeverRemoved(t *testing.T) {
	if err := (&Functions{}).RemoveVersion(context.Background(), "f", 0); drill.NameOf(err) != drill.InvalidInput {
		t.Errorf("%v", err)
	}
}

func archive(t *testing.T, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	file, err := w.Create("bootstrap")
	if err == nil {
		_, err = file.Write([]byte(content))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
