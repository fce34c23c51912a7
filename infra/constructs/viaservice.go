package constructs

// viaService is what kms:ViaService is where one of the services uses a key in
// the caller's name. The page names no values for China, where hosts end in
// amazonaws.com.cn: which one a service sends there nobody here has seen, so both
// are named. Both are of that service and region.
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func viaService(names Names, services ...string) map[string]any {
	var values []string
	for _, service := range services {
		values = append(values, service+"."+names.Region+".amazonaws.com")
		if names.Partition() == "aws-cn" {
			values = append(values, service+"."+names.Region+".amazonaws.com.cn")
		}
	}
	return map[string]any{"StringEquals": map[string]any{"kms:ViaService": values}}
}
