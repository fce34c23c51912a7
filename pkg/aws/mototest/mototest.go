// Package mototest runs the adapters' tests against moto, a second model of AWS
// that others wrote: where both agree, the adapter does not merely agree with
// our own simulation.
package mototest

import (
	"context"
	"net"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
)

// Start runs moto_server until the test ends, empty, and returns how to reach
// it. The test is skipped where moto_server is not on the PATH.
func Start(t *testing.T) aws.Config {
	t.Helper()
	program, err := exec.LookPath("moto_server")
	if err != nil {
		t.Skip("moto_server is not on the PATH (pip install 'moto[server]')")
	}
	if testing.Short() {
		t.Skip("starting moto_server takes a few seconds")
	}
	address := freeAddress(t)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(program, "--host", host, "--port", port)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill() // it may have ended by itself
		_ = server.Wait()
	})
	cfg := awsconfig.New(awsconfig.Options{
		Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	})
	cfg.BaseEndpoint = aws.String("http://" + address)
	wait(t, *cfg.BaseEndpoint)
	return cfg
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// wait until the server answers; it has a minute, on a busy machine.
func wait(t *testing.T, endpoint string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/moto-api/data.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = answer.Body.Close() // only the status counts
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("moto_server did not answer within a minute")
}
