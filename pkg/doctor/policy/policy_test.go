package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	role    = "arn:aws:iam::111122223333:role/restore"
	account = "111122223333"
)

func parsed(t *testing.T, statements string) []Statement {
	t.Helper()
	list, err := Parse([]byte(`{"Version":"2012-10-17","Statement":` + statements + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// What AWS writes otherwise is the same.
func TestNormalised(t *testing.T) {
	for name, c := range map[string]struct{ put, got, reason string }{
		"account": {`[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]`,
			`[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]`, "an account is its root"},
		"lists": {`[{"Effect":"Allow","Principal":{"Service":["events.amazonaws.com"]},"Action":["sns:Publish"],"Resource":["t"]}]`,
			`{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"SNS:Publish","Resource":"t"}`, "lists of one, and actions have no case"},
		"everybody": {`[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["b","b/*"]}]`,
			`[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"s3:*","Resource":["b/*","b"]}]`, "everybody, and the order"},
		"values": {`[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"b","Condition":{"Bool":{"aws:SecureTransport":false}}}]`,
			`[{"Sid":"x","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"b","Condition":{"Bool":{"AWS:SecureTransport":["false"]}}}]`, "booleans are texts, keys have no case, names do not count"},
		"cut": {`[{"Effect":"Allow","Principal":{"Service":["a.amazonaws.com","b.amazonaws.com"]},"Action":["x:A","x:B"],"Resource":"*"}]`,
			`[{"Effect":"Allow","Principal":{"Service":"a.amazonaws.com"},"Action":["x:A","x:B"],"Resource":"*"},{"Effect":"Allow","Principal":{"Service":"b.amazonaws.com"},"Action":"x:*","Resource":"*"}]`, "how statements are cut"},
	} {
		t.Run(name, func(t *testing.T) {
			if missing := Missing(parsed(t, c.put), parsed(t, c.got)); len(missing) > 0 {
				t.Errorf("%s: missing %v", c.reason, missing)
			}
		})
	}
}

func TestMissingAndAdditional(t *testing.T) {
	put := `{"Sid":"Put","Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"q","Condition":{"ArnEquals":{"aws:SourceArn":"r1"}}}`
	for name, c := range map[string]struct {
		actual              string
		missing, additional int
		reason              string
	}{
		"same":            {put, 0, 0, ""},
		"none":            {``, 1, 0, "a policy that was emptied"},
		"other condition": {`{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"q","Condition":{"ArnEquals":{"aws:SourceArn":"r2"}}}`, 1, 1, "another rule"},
		"two rules":       {`{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"q","Condition":{"ArnEquals":{"aws:SourceArn":["r1","r2"]}}}`, 0, 1, "one more than was put there"},
		"no condition":    {`{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:*","Resource":"*"}`, 0, 1, "wider"},
		"denied":          {`{"Effect":"Deny","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"q"}`, 1, 1, "the other effect"},
		"all but":         {`{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"NotAction":"sqs:DeleteQueue","Resource":"q"}`, 1, 1, "what is not named is not compared"},
	} {
		t.Run(name, func(t *testing.T) {
			actual := parsed(t, "["+c.actual+"]")
			wanted := parsed(t, put)
			if got := []int{len(Missing(wanted, actual)), len(Additional(wanted, actual))}; !cmp.Equal(got, []int{c.missing, c.additional}) {
				t.Errorf("%s: %v", c.reason, got)
			}
		})
	}
}

func TestHits(t *testing.T) {
	request := Request{Principal: role, Action: "s3:PutObject", Resource: "arn:aws:s3:::b/k", Context: map[string][]string{"s3:x-amz-server-side-encryption": {"aws:kms"}}}
	for name, c := range map[string]struct {
		statement string
		want      Hit
		reason    string
	}{
		"everybody":       {`"Principal":"*","Action":"s3:*","Resource":"*"`, Yes, ""},
		"its account":     {`"Principal":{"AWS":"111122223333"},"Action":"s3:Put*","Resource":"arn:aws:s3:::b/*"`, Yes, ""},
		"itself":          {`"Principal":{"AWS":"` + role + `"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/?"`, Yes, ""},
		"somebody":        {`"Principal":{"AWS":"arn:aws:iam::111122223333:role/other"},"Action":"*","Resource":"*"`, No, ""},
		"all but it":      {`"NotPrincipal":{"AWS":"` + role + `"},"Action":"*","Resource":"*"`, No, ""},
		"a session":       {`"Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/restore/x"},"Action":"*","Resource":"*"`, Unknown, "it may be this one"},
		"an id":           {`"Principal":{"AWS":"AROAEXAMPLE"},"Action":"*","Resource":"*"`, Unknown, "a role that was removed, and may be it"},
		"another action":  {`"Principal":"*","Action":"s3:GetObject","Resource":"*"`, No, ""},
		"all but":         {`"Principal":"*","NotAction":"s3:PutObject","Resource":"*"`, No, ""},
		"another bucket":  {`"Principal":"*","Action":"*","Resource":"arn:aws:s3:::c/*"`, No, ""},
		"not encrypted":   {`"Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}`, No, "it is"},
		"in the clear":    {`"Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}`, No, "it is not"},
		"from elsewhere":  {`"Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpc":"v"}}`, Unknown, "nobody tells"},
		"a variable":      {`"Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"s3:x-amz-server-side-encryption":"${aws:x}"}}`, Unknown, "it is not filled in"},
		"of its account":  {`"Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}`, Yes, ""},
		"unknown operand": {`"Principal":"*","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"s3:x-amz-server-side-encryption":"1"}}`, Unknown, "not judged"},
		"one that is not": {`"Principal":"*","Action":"s3:Get*","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpc":"v"}}`, No, "whatever the condition says"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := parsed(t, `[{"Effect":"Deny",`+c.statement+`}]`)[0].Hits(request); got != c.want {
				t.Errorf("%s: %d", c.reason, got)
			}
		})
	}
}

func TestAllowed(t *testing.T) {
	allow, deny := `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}`, `{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}`
	perhaps := `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o"}}}`
	for name, c := range map[string]struct {
		statements string
		want       Hit
	}{
		"allowed": {allow, Yes}, "denied": {allow + "," + deny, No}, "nobody": {``, No}, "perhaps denied": {allow + "," + perhaps, Unknown}, "only denied": {perhaps, No},
	} {
		if got, _ := Allowed(parsed(t, "["+c.statements+"]"), Request{Principal: role, Action: "kms:Decrypt", Resource: "k"}); got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestOutside(t *testing.T) {
	for name, c := range map[string]struct {
		principal, condition string
		want                 Hit
	}{
		"everybody":        {`"*"`, ``, Yes},
		"ours":             {`{"AWS":"111122223333"}`, ``, No},
		"theirs":           {`{"AWS":"999988887777"}`, ``, Yes},
		"a service":        {`{"Service":"events.amazonaws.com"}`, ``, Unknown}, // for whomever
		"a service of us":  {`{"Service":"events.amazonaws.com"}`, `{"StringEquals":{"aws:SourceAccount":"111122223333"}}`, No},
		"pinned":           {`"*"`, `{"StringEquals":{"AWS:SourceOwner":"111122223333"}}`, No},
		"pinned elsewhere": {`"*"`, `{"StringEquals":{"AWS:SourceOwner":"999988887777"}}`, Unknown},
		"an organisation":  {`"*"`, `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, Unknown},
		"federated":        {`{"Federated":"accounts.example"}`, ``, Unknown},
	} {
		statement := `[{"Effect":"Allow","Principal":` + c.principal + `,"Action":"x","Resource":"*"`
		if c.condition != "" {
			statement += `,"Condition":` + c.condition
		}
		if got := parsed(t, statement+"}]")[0].Outside(account); got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestMended(t *testing.T) {
	actual := parsed(t, `[{"Sid":"A","Effect":"Deny","Principal":"*","Action":"x","Resource":"*"},{"Sid":"B","Effect":"Allow","Principal":"*","Action":"y","Resource":"*"}]`)
	add := parsed(t, `[{"Sid":"B","Effect":"Allow","Principal":"*","Action":"z","Resource":"*"}]`)
	want := `{"Version":"2012-10-17","Statement":[{"Action":"z","Effect":"Allow","Principal":"*","Resource":"*","Sid":"B"}]}`
	if diff := cmp.Diff(want, Document(Mended(actual, actual[:1], add))); diff != "" {
		t.Errorf("one goes, and one is another of the same name:\n%s", diff)
	}
}

func TestNoPolicy(t *testing.T) {
	for name, text := range map[string]string{"no JSON": `{`, "no effect": `{"Statement":{"Action":"x"}}`, "no statement": `{"Statement":"x"}`} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
	if list, err := Parse(nil); err != nil || list != nil {
		t.Errorf("%v, %v", list, err)
	}
}
