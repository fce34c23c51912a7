package cloudformation

type logGroup struct{ LogGroupName, KmsKeyId string }

func (l *logGroup) make(c *creation) (func(), error) {
	arn, err := c.arn()
	if err != nil {
		return nil, err
	}
	name, err := c.name()
	if err != nil {
		return nil, err
	}
	name = c.here(name)
	c.logs[name] = arn
	c.encrypt(arn, l.KmsKeyId)
	return func() {
		delete(c.logs, name)
		c.encrypt(arn, "")
	}, nil
}
