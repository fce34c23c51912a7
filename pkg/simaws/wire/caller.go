package wire

// session is the name of every caller's session: nobody tells them apart by it.
const session = "simaws"

// Caller is the ARN under which the caller's role shows in answers.
func (c *Call) Caller() string {
	return GlobalARN("sts", c.Region, c.Account, "assumed-role/"+c.Principal+"/"+session)
}

// Denied is the refusal of a call that another account's resource does not let
// in, with the given code: services differ in it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func Denied(c *Call, code, action, resource string) *Error {
	return Errorf(code, "User: %s is not authorized to perform: %s on resource: %s because no resource-based policy allows the %s action",
		c.Caller(), action, resource, action)
}
