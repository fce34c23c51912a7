// Command echo is a Lambda function that does what it is told to.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	count := 0
	lambda.Start(func(ctx context.Context, do string) (map[string]any, error) {
		count++
		switch do {
		case "panic":
			panic("told to")
		case "exit":
			os.Exit(1)
		case "hang":
			time.Sleep(time.Hour)
		case "fail":
			return nil, errors.New("told to")
		case "wait":
			time.Sleep(200 * time.Millisecond)
		}
		return map[string]any{"count": count, "do": do, "secret": os.Getenv("HOME")}, nil
	})
}
