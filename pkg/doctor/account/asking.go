package account

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// notRead is the line of what could not be read: unknown, with the permission that
// it takes. command is what reads it.
func notRead(subject string, err error, command string) doctor.Line {
	what := err.Error()
	var unread *seen.Unread
	if errors.As(err, &unread) {
		what = unread.Why()
	}
	return doctor.Line{Subject: subject, State: doctor.Unknown, What: what, Command: command, Basis: doctor.Asked}
}

// cli is a command of AWS's for the region of the deployment.
func cli(n deployed.Names, format string, arguments ...any) string {
	return "aws " + fmt.Sprintf(format, arguments...) + " --region " + n.Region
}

// quoted is a text as one word of a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// part of an ARN: 2 is the service, 4 the account, 5 the rest.
func part(arn string, i int) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[i]
	}
	return ""
}

const deploy = "make deploy"
