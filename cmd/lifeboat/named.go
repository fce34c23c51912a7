package main

import (
	"errors"

	"github.com/spf13/pflag"
)

// named is the value of a flag that names something. An empty one, of a variable
// that was not set, would quietly be the default: other evidence, another plan or
// another server than was meant.
type named string

func (n *named) String() string { return string(*n) }
func (n *named) Type() string   { return "string" }

func (n *named) Set(name string) error {
	if name == "" {
		return errors.New("an empty value names nothing: leave the flag out for the default")
	}
	*n = named(name)
	return nil
}

// namedVar is flags.StringVar for what may not be empty where it is given.
func namedVar(flags *pflag.FlagSet, p *string, name, value, usage string) {
	*p = value
	flags.Var((*named)(p), name, usage)
}
