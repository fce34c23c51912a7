package cloudformation

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// resource is one of a template, decoded.
type resource interface {
	// make makes it, or changes what the same logical id made before. remove takes
	// it away again.
	make(c *creation) (remove func(), err error)
}

// creation is one resource on its way.
type creation struct {
	*Account
	template *cfn.Template
	stack    *stack
	id, typ  string
}

// Problem is what AWS would refuse, of one resource.
type Problem struct {
	Stack, ID, Type string
	Err             error
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%s of %s (%s): %v", p.ID, p.Stack, p.Type, p.Err)
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Err }

// Deploy makes the stacks of an assembly, or updates them. The error joins
// everything that AWS would refuse, or that is not simulated; what could be made
// is there all the same, so that one mistake does not hide the next.
func (a *Account) Deploy(assembly cfn.Assembly) error {
	var problems []error
	for i := range assembly.Stacks {
		problems = append(problems, a.deploy(&assembly.Stacks[i])...)
	}
	return errors.Join(problems...)
}

func (a *Account) deploy(t *cfn.Template) (problems []error) {
	at := inPlace(t.Where, t.Name)
	s := a.stacks[at]
	if s == nil {
		s = &stack{made: map[string]string{}, has: map[string]kept{}}
		a.stacks[at] = s
	}
	t.Made = s.made
	for _, section := range t.Unread() {
		problems = append(problems, wire.Unknown("the stack %s has a section %s, which is not simulated", t.Name, section))
	}
	refuse := func(id, typ string, err error) {
		if err != nil {
			problems = append(problems, &Problem{Stack: t.Name, ID: id, Type: typ, Err: err})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		if r := t.Resources[id]; !slices.ContainsFunc(types, func(k kind) bool { return k.name == r.Type }) {
			refuse(id, r.Type, wire.Unknown("the type is not simulated"))
		}
	}
	for _, k := range types {
		ids := t.Of(k.name)
		if k.name == "AWS::CloudWatch::CompositeAlarm" { // of all types only these refer to each other
			ids = inOrder(t, ids)
		}
		for _, id := range ids {
			c := &creation{Account: a, template: t, stack: s, id: id, typ: k.name}
			remove, err := c.create(k)
			refuse(id, k.name, err)
			if err == nil {
				s.has[id] = kept{k.name, t.Resources[id].DeletionPolicy, remove}
			}
		}
	}
	s.removeWhatWent(t)
	defer func() { a.show(t, problems) }()
	for _, err := range append(taken(t), t.Unfit()...) {
		problems = append(problems, fmt.Errorf("the stack %s: %w", t.Name, err))
	}
	// Asked last: a rule is made before what lets it in.
	for _, k := range types {
		for _, id := range t.Of(k.name) {
			c := &creation{Account: a, template: t, stack: s, id: id, typ: k.name}
			for _, err := range slices.Concat(c.unwritable(), c.lint(), c.ask()) {
				refuse(id, k.name, err)
			}
		}
	}
	return problems
}

func (c *creation) create(k kind) (func(), error) {
	r, into := c.template.Resources[c.id], k.empty()
	if r.Condition != nil {
		return nil, wire.Unknown("conditions are not simulated")
	}
	if err := oneOf("DeletionPolicy", r.DeletionPolicy, "", "Delete", "Retain", "RetainExceptOnCreate"); err != nil {
		return nil, err
	}
	for _, on := range r.DependsOnIDs() {
		if _, there := c.template.Resources[on]; !there {
			return nil, fmt.Errorf("DependsOn: there is no resource %s", on)
		}
	}
	if err := c.read(r.Properties, into); err != nil {
		return nil, err
	}
	return into.make(c)
}

// read decodes properties strictly, without those that are ignored on purpose.
func (c *creation) read(properties map[string]any, into any) error {
	// All of them are resolved: one that is ignored may name what is not there.
	if _, err := c.template.Resolve(properties); err != nil {
		return err
	}
	resolved, err := c.template.Resolve(without(c.typ, properties))
	if err != nil {
		return err
	}
	return decode(resolved, reflect.ValueOf(into).Elem(), "")
}

// removeWhatWent removes what the template has no more, in the opposite order of
// their making. A deletion policy keeps it, and the stack forgets it.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
func (s *stack) removeWhatWent(t *cfn.Template) {
	for _, k := range slices.Backward(types) {
		for _, id := range slices.Sorted(maps.Keys(s.has)) {
			gone := s.has[id]
			if _, stays := t.Resources[id]; stays || gone.typ != k.name {
				continue
			}
			delete(s.has, id)
			delete(s.made, id)
			if !strings.HasPrefix(gone.deletion, "Retain") && gone.remove != nil {
				gone.remove()
			}
		}
	}
}

// taken tells which resources of one type have one name: AWS makes one of them.
func taken(t *cfn.Template) (problems []error) {
	by := map[string]string{}
	for _, k := range types {
		if slices.Contains([]string{"AWS::Lambda::Version", "AWS::Lambda::Permission"}, k.name) {
			continue // versions are numbered, and permissions have no names
		}
		for _, id := range t.Of(k.name) {
			name, err := t.Text(map[string]any{"Ref": id})
			if err != nil {
				continue // said where it is made
			}
			if other, is := by[k.name+" "+name]; is {
				problems = append(problems, fmt.Errorf("%s and %s are both the %s %s", other, id, k.name, name))
			}
			by[k.name+" "+name] = id
		}
	}
	return problems
}

// inPlace is a name in an account and region: others may have the same.
func inPlace(where cfn.Where, name string) string {
	return where.Account + " " + where.Region + " " + name
}

// here is a name where the resource is.
func (c *creation) here(name string) string { return inPlace(c.template.Where, name) }

func (c *creation) arn() (string, error) { return c.template.Attribute(c.id, "Arn") }

func (c *creation) name() (string, error) { return c.template.Text(map[string]any{"Ref": c.id}) }
