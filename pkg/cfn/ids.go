package cfn

import (
	"crypto/sha256"
	"encoding/hex"
)

// digits are made from the logical id: the same resource has the same id
// wherever it is named.
func digits(id string, n int) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])[:n]
}

func keyID(id string) string {
	d := digits(id, 32)
	return d[:8] + "-" + d[8:12] + "-" + d[12:16] + "-" + d[16:20] + "-" + d[20:]
}
