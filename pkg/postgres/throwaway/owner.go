package throwaway

import (
	"os"
	"strings"
)

// Owner identifies the process that made a throwaway. A number alone would be
// given to another process sooner or later; the start of the process tells
// them apart.
type Owner struct {
	PID     int    `json:"pid"`
	Started string `json:"started"` // as the platform tells it; compared only
	Host    string `json:"host"`
	// Boot and Space tell where PID is valid: until the next start of the
	// machine, and in a container of its own (Linux; "" elsewhere).
	Boot  string `json:"boot,omitempty"`
	Space string `json:"space,omitempty"`
}

// Life is what can be said about an owner.
type Life string

const (
	Alive Life = "alive"
	Dead  Life = "dead"
	// Elsewhere: it was made on another machine or in another container, of
	// whose processes nothing is known here.
	Elsewhere Life = "elsewhere"
)

// self identifies this process.
func self() (Owner, error) {
	started, err := startOf(os.Getpid())
	if err != nil {
		return Owner{}, err
	}
	host, err := os.Hostname()
	if err != nil {
		return Owner{}, err
	}
	boot, space := place()
	return Owner{PID: os.Getpid(), Started: started, Host: host, Boot: boot, Space: space}, nil
}

// Life tells whether the process still runs.
func (o Owner) Life() Life {
	host, err := os.Hostname()
	if err != nil {
		return Elsewhere
	}
	boot, space := place()
	switch {
	case o.Host == host && o.Boot != boot:
		return Dead // the machine was started again since
	case o.Boot != boot || o.Space != space || o.Boot == "" && o.Host != host:
		return Elsewhere
	}
	started, err := startOf(o.PID)
	if err != nil || strings.TrimSpace(started) != o.Started {
		return Dead
	}
	return Alive
}
