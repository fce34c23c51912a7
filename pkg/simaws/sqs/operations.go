package sqs

import (
	"crypto/md5" // the protocol's checksum
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Limits of messages and calls, from the API reference.
const (
	maxMessageBytes = 1 << 20 // attributes included
	maxAttributes   = 10
	maxDelay        = 900 * time.Second
	maxReceive      = 10
)

// Fail tells the code of the older protocol in a header, as services do that
// have changed theirs: clients go on to know errors by it.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#x-amzn-query-error
func (s *Service) Fail(c *wire.Call, e *wire.Error) wire.Reply {
	plain := *e
	if e.Code == missing().Code {
		plain.Code = "com.amazonaws.sqs#QueueDoesNotExist"
	}
	reply := s.JSON.Fail(c, &plain)
	reply.Header.Set("X-Amzn-Query-Error", e.Code+";Sender")
	return reply
}

// byURL finds the queue that a call is about.
func (s *Service) byURL(c *wire.Call, url string) (*queue, error) {
	parts := strings.Split(strings.TrimSuffix(url, "/"), "/")
	if len(parts) != 5 {
		return nil, &wire.Error{Code: "InvalidAddress", Message: "The address " + url + " is not valid for this endpoint.", Status: http.StatusNotFound}
	}
	account, name := parts[3], parts[4]
	arn := wire.ARN("sqs", c.Region, account, name)
	c.Touch(arn)
	if account != c.Account {
		denied := wire.Denied(c, "AccessDenied", "sqs:"+strings.ToLower(c.Operation), arn)
		denied.Status = http.StatusForbidden
		return nil, denied
	}
	q := s.queues[arn]
	if q == nil || q.URL != strings.TrimSuffix(url, "/") {
		return nil, missing()
	}
	s.settle(q)
	return q, nil
}

type attribute struct {
	DataType    string
	StringValue *string `json:",omitempty"`
}

type sendIn struct {
	QueueURL          string `json:"QueueUrl"`
	MessageBody       string
	DelaySeconds      int
	MessageAttributes map[string]attribute
}

type sendOut struct {
	MessageID              string `json:"MessageId"`
	MD5OfMessageBody       string
	MD5OfMessageAttributes string `json:",omitempty"`
}

func (s *Service) send(c *wire.Call, in sendIn) (sendOut, error) {
	q, err := s.byURL(c, in.QueueURL)
	if err != nil {
		return sendOut{}, err
	}
	m := &message{Message: Message{Body: in.MessageBody}, sender: "AROASIMAWS" + c.Account + ":" + c.Principal}
	for name, a := range in.MessageAttributes {
		if a.StringValue == nil {
			return sendOut{}, wire.Unknown("%s %s: the attribute %s of type %s: only those with a StringValue", c.Service, c.Operation, name, a.DataType)
		}
		m.set(name, a)
	}
	if err := checkMessage(m.Body, m.Attributes, m.types); err != nil {
		return sendOut{}, err
	}
	if delay := time.Duration(in.DelaySeconds) * time.Second; delay < 0 || delay > maxDelay {
		return sendOut{}, invalidParameter("Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", in.DelaySeconds)
	} else if delay > 0 {
		m.Hidden, m.delay = c.Now.Add(delay), true
	}
	s.add(q, m)
	return sendOut{MessageID: m.ID, MD5OfMessageBody: digest([]byte(m.Body)), MD5OfMessageAttributes: m.attributesDigest(slices.Sorted(maps.Keys(m.Attributes)))}, nil
}

func (m *message) set(name string, a attribute) {
	if m.Attributes == nil {
		m.Attributes, m.types = map[string]string{}, map[string]string{}
	}
	m.Attributes[name] = *a.StringValue
	m.types[name] = a.DataType
}

func (m *message) typeOf(name string) string {
	if t, ok := m.types[name]; ok {
		return t
	}
	return "String"
}

func invalidParameter(format string, args ...any) error {
	return wire.Errorf("InvalidParameterValue", format, args...)
}

var attributeNameRE = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// checkMessage refuses what SendMessage does. types are those of the attributes
// that are no String.
func checkMessage(body string, attributes, types map[string]string) error {
	size := len(body)
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		value := attributes[name]
		kind, given := types[name]
		base, _, _ := strings.Cut(kind, ".")
		lower := strings.ToLower(name)
		switch {
		case !attributeNameRE.MatchString(name) || len(name) > 256 || strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon."):
			return invalidParameter("Message (user) attribute name '%s' is invalid.", name)
		case given && base != "String" && base != "Number":
			return invalidParameter("The type of message (user) attribute '%s' is invalid.", name)
		case value == "":
			return invalidParameter("Message (user) attribute '%s' must contain a non-empty value of type 'String'.", name)
		case strings.ContainsFunc(value, forbidden):
			return wire.Errorf("InvalidMessageContents", "Invalid characters found in the attribute %s.", name)
		}
		if base == "Number" {
			if _, err := strconv.ParseFloat(value, 64); err != nil {
				return invalidParameter("Can't cast the value of message (user) attribute '%s' to a number.", name)
			}
		}
		size += len(name) + len(value) + max(len(kind), len("String"))
	}
	switch {
	case body == "":
		return wire.Errorf("MissingParameter", "The request must contain the parameter MessageBody.")
	case len(attributes) > maxAttributes:
		return invalidParameter("Number of message attributes [%d] exceeds the allowed maximum [%d].", len(attributes), maxAttributes)
	case size > maxMessageBytes:
		return invalidParameter("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", maxMessageBytes)
	case strings.ContainsFunc(body, forbidden):
		return wire.Errorf("InvalidMessageContents", "Invalid characters found.")
	}
	return nil
}

func forbidden(r rune) bool {
	return !(r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000)
}

type receiveIn struct {
	QueueURL                    string `json:"QueueUrl"`
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             int
	AttributeNames              []string // of before MessageSystemAttributeNames
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
}

type received struct {
	MessageID              string `json:"MessageId"`
	ReceiptHandle          string
	Body                   string
	MD5OfBody              string
	MD5OfMessageAttributes string               `json:",omitempty"`
	Attributes             map[string]string    `json:",omitempty"`
	MessageAttributes      map[string]attribute `json:",omitempty"`
}

type receiveOut struct {
	Messages []received `json:",omitempty"`
}

func (s *Service) receive(c *wire.Call, in receiveIn) (receiveOut, error) {
	q, err := s.byURL(c, in.QueueURL)
	if err != nil {
		return receiveOut{}, err
	}
	most, hide := 1, q.Visibility
	if in.MaxNumberOfMessages != nil {
		most = *in.MaxNumberOfMessages
	}
	if in.VisibilityTimeout != nil {
		hide = time.Duration(*in.VisibilityTimeout) * time.Second
	}
	switch {
	case most < 1 || most > maxReceive:
		return receiveOut{}, invalidParameter("Value %d for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.", most)
	case hide < 0 || hide > maxVisibility:
		return receiveOut{}, invalidParameter("Value %v for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.", hide)
	case in.WaitTimeSeconds != 0 && q.countVisible(c.Now) == 0:
		return receiveOut{}, wire.Unknown("%s %s: waiting for messages (WaitTimeSeconds) is not simulated", c.Service, c.Operation)
	}
	var out receiveOut
	for _, m := range q.messages {
		if len(out.Messages) == most {
			break
		}
		if !m.isVisible(c.Now) {
			continue
		}
		m.Received++
		if m.FirstReceived.IsZero() {
			m.FirstReceived = c.Now
		}
		m.Hidden, m.delay = c.Now.Add(hide), false
		m.handle = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s %d", m.ID, m.Received))
		one, err := m.shown(c, in)
		if err != nil {
			return receiveOut{}, err
		}
		out.Messages = append(out.Messages, one)
	}
	s.settle(q)
	return out, nil
}

func (m *message) shown(c *wire.Call, in receiveIn) (received, error) {
	one := received{MessageID: m.ID, ReceiptHandle: m.handle, Body: m.Body, MD5OfBody: digest([]byte(m.Body))}
	system := map[string]string{
		"SentTimestamp": millis(m.Sent), "ApproximateReceiveCount": strconv.Itoa(m.Received), "ApproximateFirstReceiveTimestamp": millis(m.FirstReceived),
		"SenderId": m.sender,
	}
	for _, name := range slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames) {
		value, known := system[name]
		switch {
		case name == "All":
			one.Attributes = system
		case !known:
			return one, wire.Unknown("%s %s: the attribute %s is not simulated", c.Service, c.Operation, name)
		default:
			if one.Attributes == nil {
				one.Attributes = map[string]string{}
			}
			one.Attributes[name] = value
		}
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		if slices.ContainsFunc(in.MessageAttributeNames, func(wanted string) bool { return wants(wanted, name) }) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if one.MessageAttributes == nil {
			one.MessageAttributes = map[string]attribute{}
		}
		value := m.Attributes[name]
		one.MessageAttributes[name] = attribute{DataType: m.typeOf(name), StringValue: &value}
	}
	one.MD5OfMessageAttributes = m.attributesDigest(names)
	return one, nil
}

// wants says whether an attribute is among those that are asked for: All, .*, a
// prefix with .*, or a name.
func wants(wanted, name string) bool {
	if prefix, ok := strings.CutSuffix(wanted, ".*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return wanted == "All" || wanted == name
}

type removeIn struct {
	QueueURL      string `json:"QueueUrl"`
	ReceiptHandle string
}

// remove deletes what was received last with this handle. One of an earlier
// receive succeeds and deletes nothing, as the API reference warns.
func (s *Service) remove(c *wire.Call, in removeIn) (wire.Empty, error) {
	q, err := s.byURL(c, in.QueueURL)
	if err != nil {
		return wire.Empty{}, err
	}
	if text, err := base64.StdEncoding.DecodeString(in.ReceiptHandle); err != nil || !strings.Contains(string(text), " ") {
		return wire.Empty{}, wire.Errorf("ReceiptHandleIsInvalid", "The input receipt handle %q is not a valid receipt handle.", in.ReceiptHandle)
	}
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return m.handle == in.ReceiptHandle })
	s.settle(q)
	return wire.Empty{}, nil
}

type attributesIn struct {
	QueueURL       string `json:"QueueUrl"`
	AttributeNames []string
}

type attributesOut struct {
	Attributes map[string]string `json:",omitempty"`
}

func (s *Service) attributes(c *wire.Call, in attributesIn) (attributesOut, error) {
	q, err := s.byURL(c, in.QueueURL)
	if err != nil {
		return attributesOut{}, err
	}
	delayed, flying := 0, 0
	for _, m := range q.messages {
		switch {
		case m.isVisible(c.Now):
		case m.delay:
			delayed++
		default:
			flying++
		}
	}
	all := map[string]string{
		"QueueArn": q.ARN, "CreatedTimestamp": seconds(q.created), "LastModifiedTimestamp": seconds(q.modified),
		"ApproximateNumberOfMessages":           strconv.Itoa(q.countVisible(c.Now)),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(flying),
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(delayed),
		"MessageRetentionPeriod":                strconv.Itoa(int(q.Retention.Seconds())),
		"VisibilityTimeout":                     strconv.Itoa(int(q.Visibility.Seconds())),
		"MaximumMessageSize":                    strconv.Itoa(maxMessageBytes),
		"DelaySeconds":                          "0", "ReceiveMessageWaitTimeSeconds": "0",
		"SqsManagedSseEnabled": strconv.FormatBool(q.KMSKey == ""),
	}
	if q.KMSKey != "" {
		all["KmsMasterKeyId"] = q.KMSKey
	}
	if s.o.Policy != nil {
		if text := s.o.Policy(q.ARN); text != nil {
			all["Policy"] = string(text)
		}
	}
	out := attributesOut{Attributes: map[string]string{}}
	for _, name := range in.AttributeNames {
		value, known := all[name]
		switch {
		case name == "All":
			out.Attributes = all
		case known:
			out.Attributes[name] = value
		case name == "KmsMasterKeyId", name == "Policy": // of a queue that has none
		default:
			return attributesOut{}, wire.Unknown("%s %s: the attribute %s is not simulated", c.Service, c.Operation, name)
		}
	}
	return out, nil
}

type urlIn struct {
	QueueName              string
	QueueOwnerAWSAccountID string `json:"QueueOwnerAWSAccountId"`
}

type urlOut struct {
	QueueURL string `json:"QueueUrl"`
}

func (s *Service) url(c *wire.Call, in urlIn) (urlOut, error) {
	owner := in.QueueOwnerAWSAccountID
	if owner == "" {
		owner = c.Account
	}
	q, err := s.byURL(c, "https://sqs."+c.Region+"."+suffix(c.Region)+"/"+owner+"/"+in.QueueName)
	if err != nil {
		return urlOut{}, err
	}
	return urlOut{q.URL}, nil
}

func millis(t time.Time) string  { return strconv.FormatInt(t.UnixMilli(), 10) }
func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func digest(text []byte) string {
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:])
}

// attributesDigest is that of the user guide: of each attribute by name the
// name, the type, a byte for text, and the value, each with its length before it.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
func (m *message) attributesDigest(names []string) string {
	if len(names) == 0 {
		return ""
	}
	var text []byte
	part := func(s string) {
		text = binary.BigEndian.AppendUint32(text, uint32(len(s)))
		text = append(text, s...)
	}
	for _, name := range names {
		part(name)
		part(m.typeOf(name))
		text = append(text, 1)
		part(m.Attributes[name])
	}
	return digest(text)
}
