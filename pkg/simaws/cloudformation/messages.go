package cloudformation

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sqs"
)

type queue struct {
	QueueName              string
	KmsMasterKeyId         string
	MessageRetentionPeriod int // seconds
}

func (q *queue) make(c *creation) (func(), error) {
	arn, err := c.arn()
	if err != nil {
		return nil, err
	}
	name, err := c.template.Attribute(c.id, "QueueName")
	if err != nil {
		return nil, err
	}
	c.Cloud.SQS.AddQueue(c.template.Where.Account, c.template.Where.Region, name, sqs.Queue{KMSKey: q.KmsMasterKeyId, Retention: time.Duration(q.MessageRetentionPeriod) * time.Second})
	c.encrypt(arn, q.KmsMasterKeyId)
	return func() {
		c.Cloud.SQS.RemoveQueue(arn)
		c.encrypt(arn, "")
	}, nil
}

type queuePolicy struct {
	PolicyDocument json.RawMessage
	Queues         []string // URLs
}

func (p *queuePolicy) make(c *creation) (func(), error) {
	var forget []func()
	for _, url := range p.Queues {
		part := strings.Split(url, "/")
		if len(part) < 2 {
			return nil, fmt.Errorf("%q is no URL of a queue", url)
		}
		name, account := part[len(part)-1], part[len(part)-2]
		forget = append(forget, c.attach(strings.Join([]string{"arn", c.template.Where.Partition, "sqs", c.template.Where.Region, account, name}, ":"), p.PolicyDocument))
	}
	return each(forget), nil
}

type topic struct{ TopicName, KmsMasterKeyId string }

func (t *topic) make(c *creation) (func(), error) {
	arn, err := c.name()
	if err != nil {
		return nil, err
	}
	if c.stack.has[c.id].remove == nil {
		c.Cloud.SNS.AddTopic(c.template.Where.Account, c.template.Where.Region, t.TopicName)
	}
	c.encrypt(arn, t.KmsMasterKeyId)
	return func() {
		c.Cloud.SNS.RemoveTopic(arn)
		c.encrypt(arn, "")
	}, nil
}

type topicPolicy struct {
	PolicyDocument json.RawMessage
	Topics         []string
}

func (p *topicPolicy) make(c *creation) (func(), error) {
	var forget []func()
	for _, arn := range p.Topics {
		forget = append(forget, c.attach(arn, p.PolicyDocument))
	}
	return each(forget), nil
}

type subscription struct{ Endpoint, Protocol, TopicArn string }

// make asks the address to confirm: a person has to.
func (s *subscription) make(c *creation) (func(), error) {
	if c.stack.has[c.id].remove != nil {
		return c.stack.has[c.id].remove, nil
	}
	arn, err := c.Cloud.SNS.Subscribe(s.TopicArn, s.Protocol, s.Endpoint, false)
	if err != nil {
		return nil, err
	}
	return func() { c.Cloud.SNS.Unsubscribe(arn) }, nil
}

func each(all []func()) func() {
	return func() {
		for _, f := range all {
			f()
		}
	}
}
