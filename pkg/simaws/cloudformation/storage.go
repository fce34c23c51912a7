package cloudformation

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

type bucket struct {
	BucketName              string
	ObjectLockEnabled       bool
	VersioningConfiguration struct{ Status string }
	BucketEncryption        struct {
		ServerSideEncryptionConfiguration []struct {
			BucketKeyEnabled              bool
			ServerSideEncryptionByDefault struct{ SSEAlgorithm, KMSMasterKeyID string }
		}
	}
}

func (b *bucket) make(c *creation) (func(), error) {
	arn, err := c.arn()
	if err != nil {
		return nil, err
	}
	name, err := c.name()
	if err != nil {
		return nil, err
	}
	if c.stack.has[c.id].remove == nil {
		c.Cloud.S3.CreateBucket(c.template.Where.Account, c.template.Where.Region, name)
	}
	if b.ObjectLockEnabled && b.VersioningConfiguration.Status != "Enabled" {
		return nil, errors.New("object lock wants VersioningConfiguration.Status: Enabled")
	}
	c.Cloud.S3.SetObjectLock(name, b.ObjectLockEnabled)
	c.owners[arn] = c.template.Where.Account
	for _, e := range b.BucketEncryption.ServerSideEncryptionConfiguration {
		c.encrypt(arn, e.ServerSideEncryptionByDefault.KMSMasterKeyID)
	}
	return func() {}, nil // a bucket with objects cannot be removed
}

type bucketPolicy struct {
	Bucket         string
	PolicyDocument json.RawMessage
}

func (p *bucketPolicy) make(c *creation) (func(), error) {
	return c.attach("arn:"+c.template.Where.Partition+":s3:::"+p.Bucket, p.PolicyDocument), nil
}

type table struct {
	TableName            string
	AttributeDefinitions []struct{ AttributeName, AttributeType string }
	KeySchema            []struct{ AttributeName, KeyType string }
	SSESpecification     struct {
		SSEEnabled              bool
		SSEType, KMSMasterKeyId string
	}
}

func (t *table) make(c *creation) (func(), error) {
	arn, err := c.arn()
	if err != nil {
		return nil, err
	}
	keys := map[string]string{}
	for _, k := range t.KeySchema {
		keys[k.KeyType] = k.AttributeName
		if !slices.ContainsFunc(t.AttributeDefinitions, func(d struct{ AttributeName, AttributeType string }) bool {
			return d.AttributeName == k.AttributeName && d.AttributeType == "S"
		}) {
			return nil, fmt.Errorf("the key attribute %s is not defined as a string", k.AttributeName)
		}
	}
	if c.stack.has[c.id].remove == nil {
		c.Cloud.DynamoDB.CreateTable(c.template.Where.Account, c.template.Where.Region, t.TableName, keys["HASH"], keys["RANGE"])
	}
	if t.SSESpecification.SSEEnabled {
		c.encrypt(arn, t.SSESpecification.KMSMasterKeyId)
	}
	return func() {}, nil // it is protected from deletion
}
